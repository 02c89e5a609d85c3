import HTTP
import HTTPTypes
import Identity
import JSON

extension Endpoint {
    static let currentSession = Endpoint(
        .get, "/auth/session", .any, permits: .newPassword, id: "getCurrentSession", in: .authentication,
        "Read who is calling", "The credential of the request, with the account, user and organization behind it.",
        response: DescribedAnswer(CurrentSession.self, "The caller.", headers: []), problems: [.notFound]
    ) { api, call in
        let principal = try call.principal()
        let profile = try api.service.profile(of: principal) { account, organization in
            CurrentSession(principal: principal, account: account, organization: organization).written
        }
        return Response(json: profile)
    }
}

/// A credential with its owner and its rights, as `GET /auth/session` tells them.
private struct CurrentSession: Shaped {
    let principal: Principal
    let account: Account
    let organization: Organization?

    static let shape = Shape<CurrentSession>("CurrentSession") {
        Member("credential", UsedCredential.shape.example) { UsedCredential(principal: $0.principal) }
        Member("account", Account.shape.example) { $0.account }
        Member("user", User.shape.example) { $0.account.user(in: $0.principal.organization) }
        Member("organization", Organization.shape.example) { $0.organization }
        Member("roles", Example.roles, "The roles that count: none above the ceiling.") { $0.principal.roles }
        Member("scopes", ["accounts:read", "accounts:write", "tokens"]) { $0.principal.scopes }
        Member("password_change_required", false, "True if the password must be changed before anything else.") {
            $0.principal.obligations.contains(.newPassword)
        }
    }
}

private struct UsedCredential: Shaped {
    let principal: Principal

    static let shape = Shape<UsedCredential> {
        Member("kind", "session", schema: .choice(["api_token", "session"])) { $0.principal.credentialID.kind }
        Member("id", Example.session) { $0.principal.credentialID.description }
        Member("expires_at", "2026-02-22T14:12:45Z") { $0.principal.expiresAt }
        Member("role_ceiling", .null, ShownAPIToken.roleCeilingDescription) { $0.principal.roleCeiling }
    }
}
