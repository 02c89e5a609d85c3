/// An attempt that is let through and counted before its outcome is known, so that parallel attempts can't beat the
/// counters. A success gives it back.
///
/// ```swift
/// let changed = reservation.releasing(counters, succeeded: true, at: now)
/// for (key, counter) in changed { … }   // `nil` removes the counter
/// ```
public struct ThrottleReservation: Sendable {
    /// The counters that it is added to.
    var rules: [ThrottleKey: ThrottleRule] = [:]
    /// The name of each counter.
    private var names: [ThrottleKey: ThrottleCounter.Name] = [:]
    /// The counter that a success clears.
    var cleared: ThrottleKey?
    /// More counters that a success clears, whether or not it is added to them.
    var alsoCleared: [ThrottleKey] = []
    /// The counter that records a success, for `ThrottlePolicy.familiarity`.
    var familiar: ThrottleKey?
    /// The server that counts it. No other one may tell the outcome of a guess: nobody would have counted that.
    public internal(set) var server: StoreServer?

    /// Creates a reservation that counts nothing.
    public init() {}

    /// Adds a counter.
    @discardableResult
    mutating func count(_ name: ThrottleCounter.Name, _ subject: ThrottleKey, _ rule: ThrottleRule) -> ThrottleKey {
        rules[subject] = rule
        names[subject] = name
        return subject
    }

    /// The error of an attempt that counters refuse.
    func refused(by refusal: ThrottleRefusal) -> AuthenticationError {
        guard let name = names[refusal.last] else { preconditionFailure("a counter without a name") }
        return .tooManyAttempts(retryAfter: refusal.wait, by: name)
    }

    /// All counters that giving it back may change.
    public var keys: [ThrottleKey] {
        Array(rules.keys) + alsoCleared.filter { rules[$0] == nil } + [familiar].compactMap(\.self)
    }

    /// The counters after the attempt is given back, which includes recording a success. `nil` removes a counter.
    public func releasing(
        _ counters: [ThrottleKey: ThrottleCounter], succeeded: Bool, at now: Timestamp
    ) -> [ThrottleKey: ThrottleCounter?] {
        var changed: [ThrottleKey: ThrottleCounter?] = [:]
        for (key, rule) in rules {
            guard let counter = counters[key] else { continue }
            changed[key] = succeeded && key == cleared ? .some(nil) : .some(rule.removing(from: counter))
        }
        guard succeeded else { return changed }
        for key in alsoCleared where counters[key] != nil { changed[key] = .some(nil) }
        if let familiar {
            changed[familiar] = ThrottleCounter(
                attempts: 0, since: now, blockedUntil: now, expiresAt: now + ThrottlePolicy.familiarity)
        }
        return changed
    }
}
