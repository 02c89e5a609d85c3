import HTTP
import HTTPTypes
import Identity

// The problems of logins and of the account's own factors.
extension Problem {
    /// - Parameter earliest: the earliest moment for the answer; `nil` for now.
    static func invalidCredentials(_ earliest: ContinuousClock.Instant?) -> Problem {
        var problem = Problem(.invalidCredentials, "Email or password is wrong.", headerFields: challenge())
        problem.earliest = earliest
        return problem
    }

    /// No 401: the caller's credential is good, and nothing is gained by a new login.
    static func wrongPresentPassword(_ earliest: ContinuousClock.Instant?) -> Problem {
        var problem = Problem.invalidInput([
            InputFault("current_password", .incorrect, "This is not the present password.")
        ])
        problem.earliest = earliest
        return problem
    }

    static let loginExpired = Problem(
        .loginExpired, "The login is over, or was begun by somebody else: begin anew.", headerFields: challenge())

    static func invalidFactor(_ refusal: FactorRefusal) -> Problem {
        var problem = Problem(
            .invalidCredentials, "The code or the key does not prove a second factor.", headerFields: challenge())
        problem.reason = refusal.rawValue
        return problem
    }

    static let accountInactive = Problem(.accountInactive, "The account is not active.")

    static let secondFactorsOff = Problem(.forbidden, "The installation lets nobody add a second factor.")

    static let tooManyFactors = Problem(
        .conflict, "The account has \(Factor.most) factors, which is the most: remove one first.")

    static let lastFactor = Problem(
        .conflict, "The account must have a second factor, and this is its last: add another one first.")

    static let noFactor = Problem(
        .conflict, "The account has no second factor: add one first, with which recovery codes come.")

    static let credentialTaken = Problem(.conflict, "An account has this passkey already.")

    static func invalidRegistration(_ reason: String) -> Problem {
        var problem = Problem.invalidInput([
            InputFault("credential", .invalidFormat, "This is not an answer to the options that were given out.")
        ])
        problem.reason = reason
        return problem
    }
}
