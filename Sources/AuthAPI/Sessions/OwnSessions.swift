import HTTP
import HTTPTypes
import Identity

extension AuthAPI {
    /// `GET /account/session`: the sessions of the caller's own account.
    func ownSessions(_ exchange: Exchange) throws -> Response {
        let principal = try exchange.principal()
        let page = try service.sessions(of: principal.account, try exchange.page(), by: exchange.caller)
        return Response(page: page) { $0.json(isCurrent: .session($0.id) == principal.credentialID) }
    }

    /// `DELETE /account/session/{id}`: ends one of them, which may be the caller's.
    func endOwnSession(_ exchange: Exchange) throws -> Response {
        let principal = try exchange.principal()
        let id = try exchange.identifier(of: Session.self)
        let count = try service.endSessions(.one(id), of: principal.account, by: exchange.caller)
        guard count > 0 else { throw Problem.notFound }
        var response = Response.done
        if .session(id) == principal.credentialID { response.headerFields[.setCookie] = settings.cookie.clearing }
        return response
    }

    /// `DELETE /account/session`: ends all of them but the caller's.
    func endOtherSessions(_ exchange: Exchange) throws -> Response {
        let principal = try exchange.principal()
        guard case .session(let id) = principal.credential else { throw Problem.needsSession }
        try service.endSessions(.allBut(id), of: principal.account, by: exchange.caller)
        return .done
    }
}
