import Gateway
import Identity

extension AuthAPI {
    /// `GET /auth/session`: who is calling.
    func session(_ exchange: Exchange) throws -> Response {
        let principal = try exchange.principal()
        let account = try service.ownAccount(of: exchange.caller)
        let user = account.user(in: principal.organization)
        let organization = try principal.organization.map { _ in try service.organization(of: exchange.caller) }
        return Response(json: [
            "credential": [
                "kind": .string(principal.credentialID.kind),
                "id": .string("\(principal.credentialID)"),
                "expires_at": .string(orNull: principal.expiresAt?.description),
                "role_ceiling": .string(orNull: principal.roleCeiling?.rawValue),
            ],
            "account": account.json,
            "user": user?.json ?? .null,
            "organization": organization?.json ?? .null,
            "roles": .strings(principal.roles.names),
            "scopes": .strings(principal.scopes.names),
            "password_change_required": .bool(principal.obligations.contains(.newPassword)),
        ])
    }
}
