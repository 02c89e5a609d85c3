import Synchronization

/// A refused request to record in the audit log.
///
///     try service.note(Refusal(.forbidden, code: "insufficient_scope", route: "GET /account"), by: caller)
public struct Refusal: Sendable {
    /// The kinds that the audit log records.
    public enum Kind: Sendable {
        /// The caller lacks the right (403).
        case forbidden
        /// The caller made too many attempts (429).
        case throttled
    }

    let kind: Kind
    let code: String
    let route: String

    /// Creates a refusal.
    ///
    /// - Parameters:
    ///   - code: the stable code of the answer.
    ///   - route: the method and the path pattern, without parameter values.
    public init(_ kind: Kind, code: String, route: String) {
        self.kind = kind
        self.code = code
        self.route = route
    }
}

/// The full counters of refusals, so that a flood of refusals does not even read the store.
final class FullRefusalCounters: Sendable {
    private static let most = 4096

    private let ends = Mutex<[ThrottleKey: Timestamp]>([:])

    func isFull(_ keys: [ThrottleKey], at now: Timestamp) -> Bool {
        ends.withLock { ends in keys.contains { key in ends[key].map { $0 > now } ?? false } }
    }

    func note(_ keys: some Sequence<ThrottleKey>, until end: Timestamp, at now: Timestamp) {
        ends.withLock { ends in
            if ends.count >= Self.most { ends = ends.filter { $0.value > now } }
            // A forgotten entry costs a read of the store, no more.
            if ends.count >= Self.most { ends.removeAll(keepingCapacity: true) }
            for key in keys { ends[key] = end }
        }
    }
}

extension AuthenticationService {
    /// The limit on logged refusals of one code for one account, or for one network if the account is unknown.
    static let refusalsOfOne = ThrottleRule.window(limit: 10, seconds: 3600)
    /// The limit on logged refusals of one organization, so that callers from many networks can't fill its log.
    static let refusalsOfAll = ThrottleRule.window(limit: 500, seconds: 3600)
    /// The seconds for which nothing is written after a failure of the store.
    private static let pauseAfterFailure: Int64 = 60

    /// Records a refusal in the audit log, unless there are too many of its kind. The last entry before a pause names
    /// the end of the pause; the metrics count the refusals in between.
    ///
    /// - Throws: `.store`, `.cryptography`; further refusals of the kind are then dropped for a minute.
    public func note(_ refusal: Refusal, by caller: Caller) throws(AuthenticationError) {
        let now = clock.now()
        // Each client of a program is counted by itself, so that none of them hides the others' refusals.
        let isClient = caller.clientIsKnown && caller.principal?.isSession != true
        let client = isClient ? "\(ClientNetwork(caller.address))" : nil
        let who = [caller.principal.map { "\($0.account)" }, client].compactMap(\.self).joined(separator: " ")
        let keyMaker = try throttleKeys()
        let rules = [
            try keyMaker.key(of: ["refusals", refusal.code, who]): Self.refusalsOfOne,
            try keyMaker.key(of: ["all refusals", caller.organization.map { "\($0)" } ?? ""]): Self.refusalsOfAll,
        ]
        let keys = Array(rules.keys)
        guard !fullRefusalCounters.isFull(keys, at: now) else { return }
        do throws(AuthenticationError) {
            try write(refusal, by: caller, counting: rules, at: now)
        } catch {
            fullRefusalCounters.note(keys, until: now + Self.pauseAfterFailure, at: now)
            throw error
        }
    }

    private func write(
        _ refusal: Refusal, by caller: Caller, counting rules: [ThrottleKey: ThrottleRule], at now: Timestamp
    ) throws(AuthenticationError) {
        let kind: AuditEvent.Kind =
            switch refusal.kind {
            case .forbidden: .accessRefused
            case .throttled: .attemptThrottled
            }
        let event = try event(kind, by: caller, details: ["code": refusal.code, "route": refusal.route])
        var full: [ThrottleKey: Timestamp] = [:]
        func decide(
            _ counters: [ThrottleKey: ThrottleCounter]
        ) -> (changed: [ThrottleKey: ThrottleCounter], event: AuditEvent)? {
            full = [:]
            for (key, rule) in rules {
                if let wait = rule.wait(counters[key], at: now) { full[key] = now + wait }
            }
            guard full.isEmpty else { return nil }
            let changed = rules.reduce(into: [:]) { $0[$1.key] = $1.value.adding(to: counters[$1.key], at: now) }
            for (key, counter) in changed where counter.blockedUntil > now { full[key] = counter.blockedUntil }
            return (changed, full.values.max().map { event.with(["next": "\($0)"]) } ?? event)
        }
        try withStore { store throws(StoreError) in
            // Decided first without the lock, so that a flood of refusals costs no more than a read.
            if decide(try store.counters(Array(rules.keys))) != nil {
                try store.append(counting: Array(rules.keys), decide)
            }
        }
        for (key, end) in full { fullRefusalCounters.note([key], until: end, at: now) }
    }
}
