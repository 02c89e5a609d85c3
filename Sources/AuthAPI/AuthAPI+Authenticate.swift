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
        let bearer = BearerCredential(request.head.headerFields[.authorization])
        if route.access == .login && settings.publicLogin && bearer == .none {
            // Else another site could log the browser in to an account of its own choice.
            guard request.head.source != .otherOrigin else { throw .crossOrigin }
            return
        }
        if bearer == .none && sessionToken(of: request) != nil {
            let changesSomething = ![.get, .head, .options].contains(request.head.method)
            guard !changesSomething || request.head.source == .ownOrigin else { throw .crossOrigin }
        }
        var principal = try countingBadTokens(bearer, of: exchange, route)
        if route.access.isInOrganization, let organization = request.head.headerFields[.organization] {
            principal = try self.principal(principal, actingIn: organization, exchange)
        }
        guard route.precedesPasswordChange || !principal.needsNewPassword else { throw .passwordChangeRequired }
        try require(route.access, of: principal)
        try exchange.accept(principal)
    }

    /// Whose credential a request carries. Bearer tokens that are refused count for the web server's peer; the answer of
    /// verification stays one that web servers understand.
    private func countingBadTokens(
        _ bearer: BearerCredential, of exchange: Exchange, _ route: Route
    ) throws(Problem) -> Principal {
        do throws(Problem) {
            return try principal(of: exchange)
        } catch {
            guard error.code == .invalidToken, bearer != .none, !route.isVerification else { throw error }
            do throws(AuthenticationError) {
                try service.countBadToken(address: exchange.request.remoteAddress)
            } catch {
                throw problem(error, requestID: exchange.id)
            }
            throw error
        }
    }

    /// Whose credential a request carries, by whatever way it came.
    func principal(of exchange: Exchange) throws(Problem) -> Principal {
        let request = exchange.request
        let token =
            switch BearerCredential(request.head.headerFields[.authorization]) {
            case .token(let token): token
            case .none: sessionToken(of: request)
            }
        guard let token else { throw .noCredential }
        let principal: Principal?
        do throws(AuthenticationError) {
            principal = try service.authenticate(bearer: token)
        } catch {
            throw problem(error, requestID: exchange.id)
        }
        guard let principal else { throw .invalidToken }
        return principal
    }

    /// The same principal in the organization that is named, or in its own.
    func principal(
        _ principal: Principal, actingIn organization: String?, _ exchange: Exchange
    ) throws(Problem) -> Principal {
        do throws(AuthenticationError) {
            return try service.principal(principal, actingIn: organization)
        } catch {
            throw problem(error, requestID: exchange.id)
        }
    }

    /// The session token in the request's cookie.
    func sessionToken(of request: Request) -> String? {
        request.head.headerFields[.cookie].flatMap(settings.cookie.token)
    }

    private func require(_ access: Route.Access, of principal: Principal) throws(Problem) {
        switch access {
        case .open, .any: return
        case .scope(let scope): guard principal.has(scope) else { throw .insufficientScope(scope) }
        case .session: guard principal.isSession else { throw .needsSession }
        case .login: guard principal.has(.login) else { throw .insufficientScope(.login) }
        case .logout: guard principal.isSession || principal.has(.login) else { throw .insufficientScope(.login) }
        }
    }
}

extension Principal {
    /// Whether it is a session that is good for nothing but changing the password.
    var needsNewPassword: Bool { isSession && mustChangePassword }
}
