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
            Self.add(error, to: &fields)
            logger.info("login failed", metadata: fields)
            throw error
        }
    }

    /// Logs somebody's failure to prove once more who they are, to confirm a session or the set-up of a factor: whoever
    /// guesses there has a session already, and its line is read by a filter as that of a login is. A success has its
    /// entry in the audit log.
    ///
    /// The line has the client's address only if a browser sent its cookie: a bearer may come from a program, whose
    /// address is not the client's.
    ///
    /// - Parameters:
    ///   - method: the second factor that is proved; `nil` for the password.
    ///   - body: the check.
    func loggingProof<Value>(
        _ call: Exchange, answering method: SecondFactorMethod?, _ body: () throws(AuthenticationError) -> Value
    ) throws(AuthenticationError) -> Value {
        do throws(AuthenticationError) {
            return try body()
        } catch {
            switch error {
            case .invalidFactor: metrics?.countSecondFactorFailure(by: method)
            case .invalidCredentials, .tooManyAttempts: break
            default: throw error
            }
            var fields: Logger.Metadata = ["id": .string(call.id)]
            if case .cookie = Credential(of: call.request, settings.cookie) {
                fields["client"] = .string(Self.bounded(call.caller.address))
            }
            if let principal = call.caller.principal {
                fields["account"] = .string(principal.account.description)
                fields["session"] = .string(principal.credentialID.description)
            }
            Self.add(error, to: &fields)
            logger.info("confirmation failed", metadata: fields)
            throw error
        }
    }

    /// Adds the reason for a failure, and the account that it was about.
    private static func add(_ error: AuthenticationError, to fields: inout Logger.Metadata) {
        let problem = Problem(error)
        if let reason = problem.reason { fields["reason"] = .string(reason) }
        fields["code"] = .string(problem.code.rawValue)
        if let throttled = problem.throttled { fields["throttled"] = .string(throttled.rawValue) }
        if let account = error.account { fields["account"] = .string(account.description) }
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
