import Gateway
import HTTPTypes
import Identity

extension AuthAPI {
    /// `GET /account/token`: the API tokens of the caller's own account.
    func ownAPITokens(_ exchange: Exchange) throws -> Response {
        Response(page: try service.ownAPITokens(try exchange.page(), by: exchange.caller)) { $0.json(token: nil) }
    }

    /// `POST /account/token`: makes one. Only this answer holds the token itself.
    func createAPIToken(_ exchange: Exchange) throws -> Response {
        var form = try exchange.form()
        let name = form.string("name")
        let scopes = form.values("scopes", Scope.init(input:))
        let roleCeiling = form.value("role_ceiling", Role.init(input:))
        let validUntil = form.value("valid_until", Timestamp.init(input:))
        let revokesExisting = form.bool("revoke_existing") ?? false
        let tokenForm = try APITokenForm(
            name: name, scopes: scopes, roleCeiling: roleCeiling, validUntil: validUntil,
            revokesExisting: revokesExisting, faults: form.faults)
        let made = try service.createAPIToken(tokenForm, by: exchange.caller)
        return Response(json: made.record.json(token: made.token), status: .created)
    }

    /// `DELETE /account/token/{hash}`: revokes one.
    func revokeOwnAPIToken(_ exchange: Exchange) throws -> Response {
        guard let hash = exchange.parameters["hash"].flatMap({ TokenHash($0) }) else { throw Problem.notFound }
        try service.revokeOwnAPIToken(hash, by: exchange.caller)
        return Response(json: "Token deleted")
    }
}
