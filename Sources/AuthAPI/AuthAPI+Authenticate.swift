import Gateway
import HTTPTypes
import Identity

extension AuthAPI {
    /// Finds out who is calling, and whether they may.
    ///
    /// An `Authorization` field goes before the cookie. The cookie alone counts only where the request did not come from
    /// another origin.
    func authenticate(
        _ request: Request, for access: Route.Access, requestID: String
    ) throws(Problem) -> Principal? {
        if access == .open { return nil }
        let bearer = BearerCredential(request.head.headerFields[.authorization])
        if access == .login && settings.publicLogin && bearer == .none {
            // Else another site could log the browser in to an account of its own choice.
            guard request.head.source != .otherOrigin else { throw .crossOrigin }
            return nil
        }
        guard let token = try token(bearer, request) else { throw .noCredential }
        let found: Principal?
        do throws(AuthenticationError) {
            found = try service.authenticate(bearer: token)
        } catch {
            throw problem(.operation(error), requestID: requestID)
        }
        guard let principal = found else { throw .invalidToken }
        try require(access, of: principal)
        return principal
    }

    /// The session token in the request's cookie.
    func sessionToken(of request: Request) -> String? {
        request.head.headerFields[.cookie].flatMap(settings.cookie.token)
    }

    private func token(_ bearer: BearerCredential, _ request: Request) throws(Problem) -> String? {
        if case .token(let token) = bearer { return token }
        guard let token = sessionToken(of: request) else { return nil }
        let changesSomething = ![.get, .head, .options].contains(request.head.method)
        guard !changesSomething || request.head.source == .ownOrigin else { throw .crossOrigin }
        return token
    }

    private func require(_ access: Route.Access, of principal: Principal) throws(Problem) {
        switch access {
        case .open: return
        case .scope(let scope): guard principal.has(scope) else { throw .insufficientScope(scope) }
        case .login: guard principal.has(.login) else { throw .insufficientScope(.login) }
        case .scopeOrSession(let scope):
            if case .session = principal.credential { return }
            guard principal.has(scope) else { throw .insufficientScope(scope) }
        }
    }
}
