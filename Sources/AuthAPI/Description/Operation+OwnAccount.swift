import HTTPTypes
import Identity
import JSON

extension Operation {
    static let ownAccount: [String: Operation] = [
        "GET /account/me": Operation(
            id: "getOwnAccount", tag: .ownAccount, summary: "Read the own account",
            answer: one("Account", "The account.", Example.account), problems: [.notFound]),
        "PUT /account/me": Operation(
            id: "updateOwnAccount", tag: .ownAccount, summary: "Change name or password",
            description: """
                A new password needs the present one, and ends all other sessions; with `revoke_tokens` all API tokens too. A \
                member that is missing stays as it is.
                """,
            body: Body(
                schema: "OwnAccountChange",
                example: ["name": "Sasha P.", "given_name": "Sasha", "family_name": "Patel"]),
            answer: one("Account", "The account as it is now.", Example.account),
            problems: [.notFound, .passwordChangeRequired]),
        "GET /account/session": Operation(
            id: "listOwnSessions", tag: .ownAccount, summary: "List the own sessions", query: page,
            answer: list(of: "Session", Example.session)),
        "DELETE /account/session": Operation(
            id: "endOtherSessions", tag: .ownAccount, summary: "End all own sessions but this one",
            answer: done("They have ended.")),
        "DELETE /account/session/{id}": Operation(
            id: "endOwnSession", tag: .ownAccount, summary: "End one of the own sessions",
            parameter: Schema.identifier(Session.self),
            answer: done("It has ended.", headers: ["EndedCookie"])),
        "GET /account/token": Operation(
            id: "listOwnTokens", tag: .ownAccount, summary: "List the own API tokens", query: page,
            answer: list(of: "APIToken", Example.apiToken(.null))),
        "POST /account/token": Operation(
            id: "createToken", tag: .ownAccount, summary: "Create an API token",
            description: """
                Only this answer holds the token itself. It gets no scope that its maker lacks, and no ceiling above its \
                maker's roles. Without `valid_until` it ends as late as the installation and its maker's own end allow.
                """,
            body: Body(
                schema: "APITokenRequest",
                example: [
                    "name": "app", "scopes": ["register", "login"], "role_ceiling": "AppAdmin",
                    "valid_until": "2127-01-31T00:00:00Z",
                ]),
            answer: Answer(
                status: .created, description: "The token.", schema: Schema.named("APIToken"),
                example: Example.apiToken("pst_3kTMd92qPz7Lw1Xb8RfVn5GyHc4JsA6uEo0ZiQvKtNmY1s"),
                links: [Link(operation: "revokeToken", parameter: ("hash", "/hashed_token"))]),
            problems: [.insufficientScope, .roleNotGrantable]),
        "DELETE /account/token/{hash}": Operation(
            id: "revokeToken", tag: .ownAccount, summary: "Revoke one of the own API tokens",
            parameter: ["type": "string", "pattern": "^[0-9a-f]{64}$"],
            answer: Answer(
                description: "It is refused from the next request on.",
                schema: ["type": "string", "const": "Token deleted"], example: "Token deleted")),
        "GET /account/organization": Operation(
            id: "listOwnOrganizations", tag: .ownAccount, summary: "List the own organizations", query: page,
            answer: list(of: "Organization", Example.organization)),
        "POST /account/organization/{id}/join": Operation(
            id: "joinOrganization", tag: .ownAccount, summary: "Join an organization",
            description: "One that lets accounts join by themselves, and whose expression the own email fits.",
            parameter: Schema.identifier(Organization.self),
            answer: one("User", "The new user.", Example.user), problems: [.conflict]),
        "DELETE /account/organization/{id}": Operation(
            id: "leaveOrganization", tag: .ownAccount, summary: "Leave an organization",
            description: """
                With the own user there and its API tokens. Sessions then act in another organization. An account stays in \
                the organization where it was made.
                """,
            parameter: Schema.identifier(Organization.self), answer: done("It is no member any more."),
            problems: [.conflict]),
    ]
}
