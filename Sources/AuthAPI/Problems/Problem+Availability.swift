import HTTP
import HTTPTypes
import Identity

// The problems that pass by themselves: counters that are full, queues, and the store.
extension Problem {
    /// - Parameter counter: the counter that is full, for the log alone; `nil` if only attempts under way fill it.
    static func tooManyAttempts(retryAfter seconds: Int, by counter: ThrottleCounter.Name? = nil) -> Problem {
        var problem = Problem(
            .tooManyAttempts, "There were too many attempts: try again later.", headerFields: retry(after: seconds))
        problem.throttled = counter
        return problem
    }

    static func overloaded(_ cause: String, retryAfter seconds: Int) -> Problem {
        Problem(.overloaded, "\(cause): try again later.", headerFields: retry(after: seconds))
    }

    /// A failure of the store.
    init(_ error: StoreError) {
        switch error.kind {
        case .unexpected: self = .internalError
        case .uncertain:
            self.init(
                .unavailable, "The store did not answer: the change may have been made. Look, or try again later.",
                headerFields: Self.retry(after: 5))
        case .unavailable, .damaged, .unusable:
            self.init(
                .unavailable, "The store does not answer: try again later.", headerFields: Self.retry(after: 5))
        }
    }

    static let breachedPasswordsUnreadable = Problem(
        .unavailable, "New passwords can't be checked at the moment: try again later.", headerFields: retry(after: 60))

    static let keysMissing = Problem(
        .unavailable, "The server lacks the keys for this: try again later.", headerFields: retry(after: 60))

    private static func retry(after seconds: Int) -> ResponseFields { [.retryAfter: String(seconds)] }
}
