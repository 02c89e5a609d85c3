/// A limit on attempts.
///
///     let rule = ThrottleRule.backoff(tolerated: 5, shortest: 1, longest: 900)
///     if let seconds = rule.wait(counter, at: now) { throw … }
///     counter = rule.adding(to: counter, at: now)
public enum ThrottleRule: Sendable, Hashable {
    /// Lets `tolerated` attempts through, then one after each wait, which doubles from `shortest` to `longest` seconds.
    /// After four times the longest wait without an attempt, all are forgotten.
    case backoff(tolerated: Int64, shortest: Int64, longest: Int64)
    /// Lets `limit` attempts through in as many seconds, counted from the first.
    case window(limit: Int64, seconds: Int64)

    /// The number of attempts let through without a wait.
    private var limit: Int64 {
        switch self {
        case .backoff(let tolerated, _, _): tolerated
        case .window(let limit, _): limit
        }
    }

    /// The longest wait in seconds.
    var longestWait: Int64 {
        switch self {
        case .backoff(_, _, let longest): longest
        case .window(_, let seconds): seconds
        }
    }

    /// The seconds for which a counter lasts after its last change.
    private var lifetime: Int64 {
        switch self {
        case .backoff(_, _, let longest): 4 * longest
        case .window(_, let seconds): seconds
        }
    }

    /// The counter if it counts: it has not expired, and neither began nor was changed in the future, by a clock that
    /// has been set back since.
    private func current(_ counter: ThrottleCounter?, at now: Timestamp) -> ThrottleCounter? {
        counter.flatMap { counter in
            let lastChange = counter.expiresAt + -lifetime
            return counter.isInForce(at: now) && lastChange <= now + ThrottleCounter.tolerance ? counter : nil
        }
    }

    /// The seconds until the next attempt is let through; `nil` for none.
    func wait(_ counter: ThrottleCounter?, at now: Timestamp) -> Int64? {
        guard let counter = current(counter, at: now), counter.attempts >= limit, counter.blockedUntil > now else {
            return nil
        }
        return min(longestWait, counter.blockedUntil.secondsSince1970 - now.secondsSince1970)
    }

    /// The counter with one more attempt, which is let through.
    func adding(to counter: ThrottleCounter?, at now: Timestamp) -> ThrottleCounter {
        var new =
            current(counter, at: now)
            ?? ThrottleCounter(attempts: 0, since: now, blockedUntil: now, expiresAt: now)
        new.attempts += 1
        switch self {
        case .backoff(let tolerated, let shortest, let longest):
            if new.attempts >= tolerated {
                // Beyond 2^32 every wait is the longest.
                let doublings = min(new.attempts - tolerated, 32)
                new.blockedUntil = now + min(longest, shortest << doublings)
            }
            new.expiresAt = now + 4 * longest
        case .window(let limit, let seconds):
            new.expiresAt = new.since + seconds
            if new.attempts >= limit { new.blockedUntil = new.expiresAt }
        }
        return new
    }

    /// The counter without an attempt that is given back; `nil` if no attempts are left.
    func removing(from counter: ThrottleCounter) -> ThrottleCounter? {
        guard counter.attempts > 1 else { return nil }
        var new = counter
        new.attempts -= 1
        if new.attempts < limit { new.blockedUntil = new.since }
        return new
    }

    /// True if the next attempt is let through once this many attempts are given back.
    func lets(_ counter: ThrottleCounter, without attempts: Int, at now: Timestamp) -> Bool {
        var rest: ThrottleCounter? = counter
        for _ in 0..<attempts { rest = rest.flatMap(removing) }
        return wait(rest, at: now) == nil
    }
}

/// The counters that refuse an attempt.
struct ThrottleRefusal {
    private let counters: [ThrottleKey: (rule: ThrottleRule, counter: ThrottleCounter)]
    private let now: Timestamp
    /// The seconds until all of them let the next attempt through.
    let wait: Int
    /// The counter with the longest wait.
    let last: ThrottleKey

    /// Checks the counters of an attempt; `nil` if none refuses it.
    init?(by rules: [ThrottleKey: ThrottleRule], _ counters: [ThrottleKey: ThrottleCounter], at now: Timestamp) {
        var refusing: [ThrottleKey: (rule: ThrottleRule, counter: ThrottleCounter)] = [:]
        var longest: (wait: Int64, key: ThrottleKey)?
        for (key, rule) in rules {
            guard let counter = counters[key], let wait = rule.wait(counter, at: now) else { continue }
            refusing[key] = (rule, counter)
            if wait > longest?.wait ?? 0 { longest = (wait, key) }
        }
        guard let longest else { return nil }
        (self.counters, self.now, wait, last) = (refusing, now, Int(longest.wait), longest.key)
    }

    /// The keys of the counters that refuse.
    var keys: Set<ThrottleKey> { Set(counters.keys) }

    /// True if a counter lets the attempt through once this many attempts are given back.
    func lets(_ key: ThrottleKey, without attempts: Int) -> Bool {
        counters[key].map { $0.rule.lets($0.counter, without: attempts, at: now) } ?? true
    }
}
