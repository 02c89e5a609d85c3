import HTTP
import HTTPTypes
import Identity
import JSON

extension Endpoint {
    static let currentSession = Endpoint(
        .get, "/auth/session", .any, permits: .all, id: "getCurrentSession", in: .authentication,
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
        Member(
            "second_factor_enrolment_required", false,
            "True if a policy asks for a second factor, which must be added before anything else."
        ) { $0.principal.obligations.contains(.secondFactorEnrolment) }
        Member(
            "authentication", ShownAuthentication.shape.example,
            "The proofs on which the session rests; null for an API token."
        ) { $0.principal.assurance.map { ShownAuthentication(authentication: $0.authentication) } }
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

private struct ShownAuthentication: Shaped {
    let authentication: SessionAuthentication

    static let shape = Shape<ShownAuthentication> {
        Member(
            "methods", ["password"], "The ways in which its holder has logged in, or confirmed since.",
            schema: .array(of: .choice(["password", "passkey", "totp", "recovery_code", "trusted_device"]))
        ) { $0.authentication.methods.names }
        Member("authenticated_at", Example.moment, "The time of the login, or of the last confirmation.") {
            $0.authentication.authenticatedAt
        }
        Member("second_factor_at", .null, "The time at which a second factor was proved last; null for none.") {
            $0.authentication.secondFactorAt
        }
    }
}
