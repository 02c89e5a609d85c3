import Cryptography

/// Which counter of attempts is meant: a digest, so that the store holds no address and nothing that somebody typed.
public struct ThrottleKey: Hashable, Sendable {
    /// 16 bytes.
    public let bytes: [UInt8]

    /// Takes over what the store kept.
    public init(bytes: [UInt8]) {
        self.bytes = bytes
    }

    /// The counter of some kind for some subject.
    ///
    /// - Parameter parts: what is counted and for whom. Their lengths go into the digest, so that no two lists are alike.
    init(_ parts: String...) {
        self.init(digestOf: parts)
    }

    /// The counter of a kind for some subject.
    init(_ name: ThrottleCounter.Name, _ subject: String...) {
        self.init(digestOf: [name.rawValue] + subject)
    }

    private init(digestOf parts: [String]) {
        let text = parts.map { "\($0.utf8.count):\($0)" }.joined()
        bytes = Array(SHA256.digest(of: text).prefix(16))
    }
}

/// How many attempts were counted.
public struct ThrottleCounter: Sendable, Equatable {
    /// The kinds of counters.
    public enum Name: String, Sendable, CaseIterable {
        /// Failed logins to one account from one address.
        case pair
        /// Failed logins from one address.
        case address
        /// Failed logins to one account.
        case account
        /// Wrong present passwords where an account's is to be changed.
        case password
        /// Registrations from one address, or by one API token that names none.
        case registration
        /// Bad API tokens from one address.
        case token
        /// Nothing: it tells that an address lately logged in to an account.
        case familiar
        /// Warnings of one program that does not say for whom it acts.
        case warning
    }

    /// The attempts that count.
    public var attempts: Int64
    /// Since when they are counted.
    public var since: Timestamp
    /// Until when no other is let through.
    public var blockedUntil: Timestamp
    /// From when on the counter can be forgotten.
    public var expiresAt: Timestamp

    /// Makes a counter from its parts.
    public init(attempts: Int64, since: Timestamp, blockedUntil: Timestamp, expiresAt: Timestamp) {
        self.attempts = attempts
        self.since = since
        self.blockedUntil = blockedUntil
        self.expiresAt = expiresAt
    }

    /// The seconds that two moments may lie apart the wrong way without a clock that was set: longer than an attempt waits
    /// for the lock of the store, 5 s, with the moment that it took before.
    static let tolerance: Int64 = 10

    /// Whether it counts at a moment: it has begun, and has not expired.
    func isInForce(at now: Timestamp) -> Bool { since <= now + Self.tolerance && expiresAt > now }
}

/// How many attempts are let through.
public enum ThrottleRule: Sendable, Hashable {
    /// So many, then one after each wait, which doubles from the shortest to the longest, in seconds. All is forgotten when
    /// four times the longest wait has passed without an attempt.
    case backoff(tolerated: Int64, shortest: Int64, longest: Int64)
    /// So many in so many seconds, from the first on.
    case window(limit: Int64, seconds: Int64)

    /// How many attempts are let through without a wait.
    private var limit: Int64 {
        switch self {
        case .backoff(let tolerated, _, _): tolerated
        case .window(let limit, _): limit
        }
    }

    /// The longest wait, in seconds.
    var longestWait: Int64 {
        switch self {
        case .backoff(_, _, let longest): longest
        case .window(_, let seconds): seconds
        }
    }

    /// How long a counter lasts after its last change, in seconds.
    private var lifetime: Int64 {
        switch self {
        case .backoff(_, _, let longest): 4 * longest
        case .window(_, let seconds): seconds
        }
    }

    /// The counter as far as it counts: not where it has expired, and not where it began or was last changed in the future,
    /// by a clock that has been set back since.
    private func current(_ counter: ThrottleCounter?, at now: Timestamp) -> ThrottleCounter? {
        counter.flatMap { counter in
            let lastChange = counter.expiresAt + -lifetime
            return counter.isInForce(at: now) && lastChange <= now + ThrottleCounter.tolerance ? counter : nil
        }
    }

    /// After how many seconds the next attempt is let through; `nil` for now.
    func wait(_ counter: ThrottleCounter?, at now: Timestamp) -> Int64? {
        guard let counter = current(counter, at: now), counter.attempts >= limit, counter.blockedUntil > now else {
            return nil
        }
        return min(longestWait, counter.blockedUntil.secondsSince1970 - now.secondsSince1970)
    }

    /// The counter with one attempt more, which is let through.
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

    /// The counter without an attempt that was added before, since it does not count.
    ///
    /// - Returns: `nil` where nothing is left.
    func removing(from counter: ThrottleCounter) -> ThrottleCounter? {
        guard counter.attempts > 1 else { return nil }
        var new = counter
        new.attempts -= 1
        if new.attempts < limit { new.blockedUntil = new.since }
        return new
    }

    /// Whether the next attempt is let through once so many of those that were counted are taken back.
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
    /// After how many seconds all of them let the next one through.
    let wait: Int
    /// The one that does so last.
    let last: ThrottleKey

    /// Looks at the counters of an attempt.
    ///
    /// - Returns: `nil` where none refuses it.
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

    /// Whether one of them lets the attempt through once so many others are taken back.
    func lets(_ key: ThrottleKey, without attempts: Int) -> Bool {
        counters[key].map { $0.rule.lets($0.counter, without: attempts, at: now) } ?? true
    }
}
