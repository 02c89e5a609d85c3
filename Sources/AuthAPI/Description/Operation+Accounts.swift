import HTTPTypes
import Identity
import JSON

extension Operation {
    static let accounts: [String: Operation] = [
        "GET /account": Operation(
            id: "listAccounts", tag: .accounts, summary: "List accounts",
            query: [
                query("email", "Only the account with this email.", ["type": "string", "format": "email"]),
                query("state", "Only those in this state.", Schema.choice(Schema.states)),
            ] + page,
            answer: list(of: "Account", Example.account)),
        "GET /account/{id}": Operation(
            id: "getAccount", tag: .accounts, summary: "Read an account",
            parameter: Schema.identifier(Account.self), answer: one("Account", "The account.", Example.account)),
        "POST /account/{id}": Operation(
            id: "updateAccount", tag: .accounts, summary: "Change roles or state of an account",
            description: """
                Not of one's own. State and roles on the installation are for administrators of the organization where the \
                account was made, and of the installation.
                """,
            parameter: Schema.identifier(Account.self),
            body: Body(schema: "AccountChange", example: ["roles": ["AppMember"], "state": "Active"]),
            answer: one("Account", "The account as it is now.", Example.account),
            problems: [.roleNotGrantable, .conflict]),
        "DELETE /account/{id}": Operation(
            id: "eraseAccount", tag: .accounts, summary: "Erase an account",
            description: """
                And all that belongs to it, if it was made in this organization. The audit log keeps its identifier, not \
                its email.
                """,
            parameter: Schema.identifier(Account.self), answer: done("It is gone."), problems: [.conflict]),
        "POST /account/{id}/reset-password": Operation(
            id: "resetPassword", tag: .accounts, summary: "Give an account a new password",
            description: """
                It is shown only here, and must be changed at the next login. All sessions and API tokens end. It is for \
                accounts that were made in this organization, and never for one's own; their users in other organizations become \
                inactive, unless an administrator of the installation does it.
                """,
            parameter: Schema.identifier(Account.self),
            answer: Answer(
                description: "The password.",
                schema: Schema.answer([("new_password", ["type": "string", "format": "password"])]),
                example: ["new_password": "q7Lw1Xb8RfVn5GyHc4Js"])),
        "GET /account/{id}/session": Operation(
            id: "listSessionsOfAccount", tag: .accounts, summary: "List the sessions of an account",
            parameter: Schema.identifier(Account.self), query: page, answer: list(of: "Session", Example.session)),
        "DELETE /account/{id}/session": Operation(
            id: "endSessionsOfAccount", tag: .accounts, summary: "End all sessions of an account",
            parameter: Schema.identifier(Account.self), answer: done("They have ended.", headers: ["EndedCookie"])),
        "DELETE /account/{id}/session/{sessionId}": Operation(
            id: "endSessionOfAccount", tag: .accounts, summary: "End a session of an account",
            parameter: Schema.identifier(Account.self), secondParameter: Schema.identifier(Session.self),
            answer: done("It has ended.", headers: ["EndedCookie"])),
        "GET /account/{id}/token": Operation(
            id: "listTokensOfAccount", tag: .accounts, summary: "List the API tokens of an account",
            description: """
                Those that act in the caller's organization; all of them for administrators of the installation.
                """,
            parameter: Schema.identifier(Account.self), query: page,
            answer: list(of: "APIToken", Example.apiToken(.null))),
        "DELETE /account/{id}/token": Operation(
            id: "revokeTokensOfAccount", tag: .accounts, summary: "Revoke all API tokens of an account",
            description: "In whatever organization they act.",
            parameter: Schema.identifier(Account.self), answer: done("They are refused from the next request on.")),
        "DELETE /account/{id}/token/{tokenId}": Operation(
            id: "revokeTokenOfAccount", tag: .accounts, summary: "Revoke an API token of an account",
            parameter: Schema.identifier(Account.self), secondParameter: Schema.identifier(APIToken.self),
            answer: done("It is refused from the next request on.")),
    ]

    static let organization: [String: Operation] = [
        "GET /app/me": Operation(
            id: "getOwnUser", tag: .organization, summary: "Read the own user",
            answer: one("User", "The user.", Example.user), problems: [.notFound]),
        "GET /app/user": Operation(
            id: "listUsers", tag: .organization, summary: "List users", query: page,
            answer: list(of: "User", Example.user)),
        "POST /app/user": Operation(
            id: "createUser", tag: .organization, summary: "Make an account a member",
            description: """
                Only administrators of the installation can add an account that was made in another organization; for \
                others it is not found. It can join by itself where the organization lets it.
                """,
            body: Body(
                schema: "UserCreation",
                example: [
                    "account_id": "acct_6c8a1f3b2d4e5f7a", "role": "AppMember", "user_info": ["name": "Sasha Patel"],
                ]),
            answer: Answer(
                status: .created, description: "The new user.", schema: Schema.named("User"), example: Example.user,
                headers: ["Location"], links: [Link(operation: "getUser", parameter: ("id", "/id"))]),
            problems: [.notFound, .conflict, .roleNotGrantable]),
        "GET /app/user/{id}": Operation(
            id: "getUser", tag: .organization, summary: "Read a user", parameter: Schema.identifier(User.self),
            answer: one("User", "The user.", Example.user)),
        "PUT /app/user/{id}": Operation(
            id: "updateUser", tag: .organization, summary: "Change role or name of a user",
            parameter: Schema.identifier(User.self),
            body: Body(schema: "UserChange", example: ["role": "AppMember", "user_info": ["name": "Sasha Patel"]]),
            answer: one("User", "The user as it is now.", Example.user), problems: [.roleNotGrantable, .conflict]),
        "DELETE /app/user/{id}": Operation(
            id: "removeUser", tag: .organization, summary: "Remove a user",
            description: """
                With its API tokens in the organization. An account stays in the organization where it was made: there \
                deactivate its user, or erase it.
                """,
            parameter: Schema.identifier(User.self), answer: done("It is no member any more."), problems: [.conflict]),
        "POST /app/user/{id}/activate": Operation(
            id: "activateUser", tag: .organization, summary: "Let a membership count again",
            parameter: Schema.identifier(User.self), answer: one("User", "The user as it is now.", Example.user)),
        "POST /app/user/{id}/deactivate": Operation(
            id: "deactivateUser", tag: .organization, summary: "Let a membership count no longer",
            parameter: Schema.identifier(User.self), answer: one("User", "The user as it is now.", Example.user),
            problems: [.conflict]),
        "GET /app/organization": Operation(
            id: "getOrganization", tag: .organization, summary: "Read the organization",
            answer: one("Organization", "The organization.", Example.organization)),
        "POST /app/organization": Operation(
            id: "updateOrganization", tag: .organization, summary: "Change the organization",
            description: "A member that is missing stays as it is.",
            body: Body(
                schema: "OrganizationChange",
                example: [
                    "auto_join_enabled": true, "default_role": "AppMember", "email_regex": #".*@auroralabs\.com"#,
                ]),
            answer: one("Organization", "The organization as it is now.", Example.organization),
            problems: [.roleNotGrantable]),
        "GET /app/audit": Operation(
            id: "listAuditEvents", tag: .organization, summary: "Read the audit log",
            description: "Who did what to whom, when, from where and with which credential; the newest entry first.",
            query: [
                query(
                    "type", "Only what happened in this way.",
                    Schema.choice(AuditEvent.Kind.allCases.map(\.rawValue))),
                query("actor", "Only what this account did.", Schema.identifier(Account.self)),
                query("account", "Only what was done to this account.", Schema.identifier(Account.self)),
                query("since", "Only from this moment on.", Schema.anyMoment),
                query("until", "Only until this moment.", Schema.anyMoment),
            ] + page,
            answer: list(of: "AuditEvent", Example.auditEvent)),
    ]

    static let operation: [String: Operation] = [
        "GET /openapi.json": Operation(
            id: "getDescription", tag: .operation, summary: "This document",
            answer: Answer(description: "OpenAPI 3.1.", schema: ["type": "object", "required": ["openapi", "paths"]])),
        "GET /health/live": Operation(
            id: "isLive", tag: .operation, summary: "Whether the process answers", answer: health),
        "GET /health/ready": Operation(
            id: "isReady", tag: .operation, summary: "Whether the store answers and can be written", answer: health),
        "GET /metrics": Operation(
            id: "getMetrics", tag: .operation, summary: "Figures for Prometheus",
            description: "Not where each request starts a process, as in CGI.",
            answer: Answer(
                description: "The text format 0.0.4.", schema: Schema.text(),
                mediaType: PrometheusText.mediaType, example: Example.metrics),
            problems: [.notFound]),
        "GET /status": Operation(
            id: "getStatus", tag: .operation, summary: "Workers, connections and hashing",
            description: "Not where each request starts a process, as in CGI.",
            answer: one("Status", "What the process is doing now.", Example.status), problems: [.notFound]),
    ]

    private static let health = Answer(
        description: "It is so.", schema: Schema.answer([("status", ["type": "string", "const": "ok"])]),
        example: ["status": "ok"])
}
