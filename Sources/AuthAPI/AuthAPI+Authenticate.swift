import HTTP
import HTTPTypes
import Identity
import Logging

extension AuthAPI {
    /// Identifies the caller, and refuses a caller that the endpoint does not answer.
    ///
    /// An `Authorization` field goes before the cookie. The cookie alone counts only if the request did not come from
    /// another origin.
    func authenticate(_ exchange: inout Exchange, for endpoint: Endpoint) throws(Problem) {
        let request = exchange.request
        if endpoint.access == .open { return }
        let credential = Credential(of: request, settings.cookie)
        switch credential {
        case .bearer: break
        case _ where endpoint.access == .login && settings.publicLogin:
            // Else another site could log the browser in to an account of its own choice.
            guard request.source != .otherOrigin else { throw .crossOrigin }
            return
        case .cookie:
            let changesSomething = ![.get, .head, .options].contains(request.method)
            guard !changesSomething || request.source == .ownOrigin else { throw .crossOrigin }
        case .none: break
        }
        let organization = endpoint.organization(of: &exchange)
        let carrier = try carrierCountingRefusals(of: credential, naming: organization, exchange, endpoint)
        exchange.identify(carrier)
        var principal = carrier.principal
        if endpoint.access.isInOrganization, let named = carrier.named {
            principal = try acting(principal, in: named, exchange)
        }
        principal = try obliged(principal, permitting: endpoint.permits, exchange)
        try require(endpoint.access, of: principal)
        try require(endpoint.freshness, of: principal, exchange)
        try exchange.accept(principal)
    }

    /// The carrier of the request's credential. Bearer tokens that are refused count for the web server's peer; the
    /// answer of verification stays one that web servers understand.
    private func carrierCountingRefusals(
        of credential: Credential, naming organization: String?, _ exchange: Exchange, _ endpoint: Endpoint
    ) throws(Problem) -> Carrier {
        do throws(Problem) {
            return try carrier(of: credential, naming: organization, exchange)
        } catch {
            guard error.code == .invalidToken, case .bearer = credential, endpoint.access != .verification else {
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

    /// The carrier of a credential.
    ///
    /// - Parameter organization: the slug or identifier of the organization that the request names; `nil` for none.
    func carrier(
        of credential: Credential, naming organization: String?, _ exchange: Exchange
    ) throws(Problem) -> Carrier {
        guard let token = credential.token else { throw .noCredential }
        let found: Result<Carrier, CredentialRefusal>
        do throws(AuthenticationError) {
            found = try service.identify(bearer: token, naming: organization)
        } catch {
            throw problem(error, requestID: exchange.id)
        }
        switch found {
        case .success(let carrier): return carrier
        case .failure(let refusal):
            throw .invalidToken(refusal, clearing: try clears(credential, refusal, exchange) ? settings.cookie : nil)
        }
    }

    /// True if the answer to a credential that is not accepted makes the browser forget it: it would send it again and
    /// again. Not so if a confirmation gave the session another token: the answer to an earlier request would take
    /// the new one away.
    private func clears(
        _ credential: Credential, _ refusal: CredentialRefusal, _ exchange: Exchange
    ) throws(Problem) -> Bool {
        guard case .cookie(let token) = credential else { return false }
        guard refusal == .unknown else { return true }
        do throws(AuthenticationError) {
            return try !service.isRotated(bearer: token)
        } catch {
            throw problem(error, requestID: exchange.id)
        }
    }

    /// The principal in an organization, or in its own if none is named.
    func acting(
        _ principal: Principal, in organization: NamedOrganization?, _ exchange: Exchange
    ) throws(Problem) -> Principal {
        do throws(AuthenticationError) {
            return try principal.acting(in: organization)
        } catch {
            throw problem(error, requestID: exchange.id)
        }
    }

    /// Logs a warning of a program that does not say for whom it acts.
    func warnOfUnknownClient(_ exchange: Exchange) throws(AuthenticationError) {
        guard try service.shouldWarnOfUnknownClient(exchange.caller), let principal = exchange.caller.principal else {
            return
        }
        logger.warning(
            "a program does not say for whom it acts: give its token client-address, and send X-Client-Address",
            metadata: ["id": "\(exchange.id)", "token": "\(principal.credentialID)"])
    }

    private func require(_ access: Endpoint.Access, of principal: Principal) throws(Problem) {
        switch access {
        case .open, .any, .verification: return
        case .scope(let scope): guard principal.has(scope) else { throw .insufficientScope(scope) }
        case .session: guard principal.isSession else { throw .needsSession }
        case .login: guard principal.has(.login) else { throw .insufficientScope(.login) }
        case .logout: guard principal.isSession || principal.has(.login) else { throw .insufficientScope(.login) }
        }
    }
}

extension AuthAPI {
    /// The principal with all of its pending obligations, the organization in which it acts considered.
    ///
    /// - Throws: the problem of an obligation that is not permitted.
    func obliged(
        _ principal: Principal, permitting permitted: Obligations, _ exchange: Exchange
    ) throws(Problem) -> Principal {
        let pending: Obligations
        do throws(AuthenticationError) {
            pending = try service.obligations(of: principal)
        } catch {
            throw problem(error, requestID: exchange.id)
        }
        if !pending.isSubset(of: permitted) {
            // A new password first: it ends what whoever set the old one may have begun.
            let isPasswordDue = pending.subtracting(permitted).contains(.newPassword)
            throw isPasswordDue ? .passwordChangeRequired : .secondFactorEnrolmentRequired
        }
        return pending == principal.obligations ? principal : principal.with(pending)
    }
}
