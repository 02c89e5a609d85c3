import Gateway
import HTTPTypes
import Identity

extension AuthAPI {
    /// Finds out who is calling, and whether they may.
    ///
    /// An `Authorization` field goes before the cookie. The cookie alone counts only where the request did not come from
    /// another origin.
    func authenticate(_ exchange: inout Exchange, for route: Route) throws(Problem) {
        let request = exchange.request
        if route.access == .open { return }
        let credential = Credential(of: request, settings.cookie)
        switch credential {
        case .bearer: break
        case _ where route.access == .login && settings.publicLogin:
            // Else another site could log the browser in to an account of its own choice.
            guard request.source != .otherOrigin else { throw .crossOrigin }
            return
        case .cookie:
            let changesSomething = ![.get, .head, .options].contains(request.method)
            guard !changesSomething || request.source == .ownOrigin else { throw .crossOrigin }
        case .none: break
        }
        var principal = try countingBadTokens(credential, of: exchange, route)
        exchange.identify(principal)
        if route.access.isInOrganization, let organization = request.headerFields[.organization] {
            principal = try self.principal(principal, actingIn: organization, exchange)
        }
        // Each obligation that there will be has a problem of its own.
        guard principal.obligations.isSubset(of: route.permits) else { throw .passwordChangeRequired }
        try require(route.access, of: principal)
        try exchange.accept(principal)
    }

    /// Whose credential a request carries. Bearer tokens that are refused count for the web server's peer; the answer of
    /// verification stays one that web servers understand.
    private func countingBadTokens(
        _ credential: Credential, of exchange: Exchange, _ route: Route
    ) throws(Problem) -> Principal {
        do throws(Problem) {
            return try principal(credential, exchange)
        } catch {
            guard error.code == .invalidToken, case .bearer = credential, route.access != .verification else {
                throw error
            }
            do throws(AuthenticationError) {
                try service.countBadToken(address: exchange.request.remoteAddress)
            } catch {
                throw problem(error, requestID: exchange.id)
            }
            throw error
        }
    }

    /// Whose credential it is that a request carries.
    func principal(_ credential: Credential, _ exchange: Exchange) throws(Problem) -> Principal {
        guard let token = credential.token else { throw .noCredential }
        let principal: Principal?
        do throws(AuthenticationError) {
            principal = try service.authenticate(bearer: token)
        } catch {
            throw problem(error, requestID: exchange.id)
        }
        if let principal { return principal }
        // A browser would send it again and again.
        if case .cookie = credential { throw .invalidToken(clearing: settings.cookie) }
        throw .invalidToken(clearing: nil)
    }

    /// The same principal in the organization that is named, or in its own.
    func principal(
        _ principal: Principal, actingIn organization: String?, _ exchange: Exchange
    ) throws(Problem) -> Principal {
        do throws(AuthenticationError) {
            return try service.move(principal, to: organization)
        } catch {
            throw problem(error, requestID: exchange.id)
        }
    }

    private func require(_ access: Route.Access, of principal: Principal) throws(Problem) {
        switch access {
        case .open, .any, .verification: return
        case .scope(let scope): guard principal.has(scope) else { throw .insufficientScope(scope) }
        case .session: guard principal.isSession else { throw .needsSession }
        case .login: guard principal.has(.login) else { throw .insufficientScope(.login) }
        case .logout: guard principal.isSession || principal.has(.login) else { throw .insufficientScope(.login) }
        }
    }
}
