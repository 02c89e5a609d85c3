import HTTP
import HTTPTypes
import Identity

/// The sessions and API tokens of an account, for those who manage it.
extension AuthAPI {
    /// `GET /account/{id}/session`: its sessions.
    func sessionsOfAccount(_ exchange: Exchange) throws -> Response {
        let id = try exchange.identifier(of: Account.self)
        let caller = try exchange.principal().credentialID
        let page = try service.managedSessions(of: id, try exchange.page(), by: exchange.caller)
        return Response(page: page) { $0.json(isCurrent: .session($0.id) == caller) }
    }

    /// `DELETE /account/{id}/session`: ends all of them, the caller's own included.
    func endSessionsOfAccount(_ exchange: Exchange) throws -> Response {
        try end(.sessions, exchange)
    }

    /// `DELETE /account/{id}/session/{sessionId}`: ends one of them.
    func endSessionOfAccount(_ exchange: Exchange) throws -> Response {
        try end(.session(try exchange.identifier("sessionId", of: Session.self)), exchange)
    }

    /// `GET /account/{id}/token`: its API tokens.
    func apiTokensOfAccount(_ exchange: Exchange) throws -> Response {
        let id = try exchange.identifier(of: Account.self)
        return Response(page: try service.managedAPITokens(of: id, try exchange.page(), by: exchange.caller)) {
            $0.json(token: nil)
        }
    }

    /// `DELETE /account/{id}/token`: revokes all of them, the caller's own included.
    func revokeAPITokensOfAccount(_ exchange: Exchange) throws -> Response {
        try end(.apiTokens, exchange)
    }

    /// `DELETE /account/{id}/token/{tokenId}`: revokes one of them.
    func revokeAPITokenOfAccount(_ exchange: Exchange) throws -> Response {
        try end(.apiToken(try exchange.identifier("tokenId", of: APIToken.self)), exchange)
    }

    private func end(_ selection: CredentialSelection, _ exchange: Exchange) throws -> Response {
        let id = try exchange.identifier(of: Account.self)
        let principal = try exchange.principal()
        try service.end(selection, of: id, by: exchange.caller)
        var response = Response.done
        if selection.holds(principal, ofAccount: id) {
            response.headerFields[.setCookie] = settings.cookie.clearing
        }
        return response
    }
}

extension CredentialSelection {
    /// Whether the session of a principal is among those of an account that are meant.
    fileprivate func holds(_ principal: Principal, ofAccount account: Identifier<Account>) -> Bool {
        guard case .session(let id) = principal.credential, principal.account == account else { return false }
        return self == .sessions || self == .session(id)
    }
}
