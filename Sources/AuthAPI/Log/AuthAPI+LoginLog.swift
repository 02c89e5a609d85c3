import Identity
import Logging

extension AuthAPI {
    /// Logs a login once it is decided. The lines name accounts by their identifiers: an email address is personal, and
    /// one of nobody may be a password that was typed into the wrong field.
    ///
    /// A login that waits for a second factor is neither a success nor a failure yet.
    ///
    /// - Parameters:
    ///   - method: the second factor that it answers with, if it does.
    ///   - body: the login.
    func loggingLogin(
        _ call: Exchange, answering method: SecondFactorMethod? = nil,
        _ body: () throws(AuthenticationError) -> AuthenticationService.Login
    ) throws(AuthenticationError) -> AuthenticationService.Login {
        do throws(AuthenticationError) {
            let login = try body()
            var fields = Self.fields(of: call)
            fields["account"] = .string(login.account.id.description)
            fields["session"] = .string(login.session.id.description)
            let methods = login.session.authentication.methods
            fields["methods"] = .string(methods.names.joined(separator: ","))
            metrics?.countLogin(by: methods)
            logger.info("login succeeded", metadata: fields)
            return login
        } catch {
            // One that waits for others is decided later.
            if case .attemptsUnderWay = error { throw error }
            var fields = Self.fields(of: call)
            if case .secondFactorRequired(let offer) = error {
                if let account = offer.account { fields["account"] = .string(account.description) }
                fields["methods"] = .string(offer.methods.map(\.rawValue).joined(separator: ","))
                logger.info("login waits for a second factor", metadata: fields)
                throw error
            }
            if case .invalidFactor(_, _) = error { metrics?.countSecondFactorFailure(by: method) }
            let problem = Problem(error)
            if let reason = problem.reason { fields["reason"] = .string(reason) }
            fields["code"] = .string(problem.code.rawValue)
            if let throttled = problem.throttled { fields["throttled"] = .string(throttled.rawValue) }
            if let account = error.account { fields["account"] = .string(account.description) }
            logger.info("login failed", metadata: fields)
            throw error
        }
    }

    /// The fields of every login. The client's address is missing if the program did not name it: its own would
    /// have a filter such as fail2ban's shut out the program for the mistakes of all who use it.
    private static func fields(of call: Exchange) -> Logger.Metadata {
        var fields: Logger.Metadata = ["id": .string(call.id)]
        if call.caller.clientIsKnown { fields["client"] = .string(bounded(call.caller.address)) }
        return fields
    }
}

extension AuthenticationError {
    /// The account that a login was for, as far as it is known.
    fileprivate var account: Identifier<Account>? {
        switch self {
        case .invalidCredentials(_, _, let account): account
        case .accountInactive(let account): account
        case .invalidFactor(_, let account): account
        default: nil
        }
    }
}
