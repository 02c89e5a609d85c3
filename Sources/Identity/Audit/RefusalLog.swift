import Synchronization

/// A request that was refused though its credential is good, or before that was looked at.
public struct Refusal: Sendable {
    /// The kinds that the audit log has.
    public enum Kind: Sendable {
        /// The caller may not do it (403).
        case forbidden
        /// The caller tried too often (429).
        case throttled
    }

    let kind: Kind
    let code: String
    let route: String

    /// Makes a refusal.
    ///
    /// - Parameters:
    ///   - code: the stable code of the answer.
    ///   - route: what was asked for: method and path without their parameters.
    public init(_ kind: Kind, code: String, route: String) {
        self.kind = kind
        self.code = code
        self.route = route
    }
}

/// The counters of refusals that are full, so that a flood of them does not even read the store.
final class FullRefusalCounters: Sendable {
    private static let most = 4096

    private let ends = Mutex<[ThrottleKey: Timestamp]>([:])

    func isFull(_ keys: [ThrottleKey], at now: Timestamp) -> Bool {
        ends.withLock { ends in keys.contains { key in ends[key].map { $0 > now } ?? false } }
    }

    func note(_ keys: some Sequence<ThrottleKey>, until end: Timestamp, at now: Timestamp) {
        ends.withLock { ends in
            if ends.count >= Self.most { ends = ends.filter { $0.value > now } }
            // What is forgotten costs a read of the store, no more.
            if ends.count >= Self.most { ends.removeAll(keepingCapacity: true) }
            for key in keys { ends[key] = end }
        }
    }
}

extension AuthenticationService {
    /// How many refusals of one code are in the log for one account, or one network where nobody is known.
    static let refusalsOfOne = ThrottleRule.window(limit: 10, seconds: 3600)
    /// How many refusals there are in the log of one organization, so that callers from many networks can't fill it.
    static let refusalsOfAll = ThrottleRule.window(limit: 500, seconds: 3600)
    /// For how long nothing is written after the store failed, in seconds.
    private static let pauseAfterFailure: Int64 = 60

    /// Writes a refusal into the audit log, where there are not too many of its kind already. The entry that is the
    /// last one for some time says until when: the metrics count the others.
    ///
    /// - Throws: `.store`, `.cryptography`; then the next refusals are not written for a minute.
    public func note(_ refusal: Refusal, by caller: Caller) throws(AuthenticationError) {
        let now = clock.now()
        // Each client of a program is somebody else, so that none of them hides what the others do.
        let isClient = caller.clientIsKnown && caller.principal?.isSession != true
        let client = isClient ? "\(ClientNetwork(caller.address))" : nil
        let who = [caller.principal.map { "\($0.account)" }, client].compactMap(\.self).joined(separator: " ")
        let rules = [
            ThrottleKey("refusals", refusal.code, who): Self.refusalsOfOne,
            ThrottleKey("all refusals", caller.organization.map { "\($0)" } ?? ""): Self.refusalsOfAll,
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
        try AuthenticationError.wrapping {
            // First without the lock, so that a flood of what is refused costs no more than a read.
            if decide(try store.counters(Array(rules.keys))) != nil {
                try store.append(counting: Array(rules.keys), decide)
            }
        }
        for (key, end) in full { fullRefusalCounters.note([key], until: end, at: now) }
    }
}
