/// The part of the store for the audit log.
public protocol AuditStore: Sendable {
    /// Adds an entry to the audit log.
    ///
    /// - Parameter server: the server that has to take it; `nil` for any.
    /// - Throws: also `StoreError.Kind.unavailable` if another one has taken its place.
    func append(_ event: AuditEvent, on server: StoreServer?) throws(StoreError)

    /// Adds an entry to the audit log as a rule decides that sees counters, while nobody else changes anything.
    ///
    /// - Parameter rule: gets the counters that there are; returns the counters as they shall be, and the entry; `nil`
    ///   for neither. It may run more than once.
    func append(
        counting keys: [ThrottleKey],
        _ rule: ([ThrottleKey: ThrottleCounter]) -> (changed: [ThrottleKey: ThrottleCounter], event: AuditEvent)?
    ) throws(StoreError)

    /// The entries of the audit log that fit a filter, the newest first.
    func auditEvents(_ filter: AuditFilter, _ page: PageRequest) throws(StoreError) -> Page<AuditEvent>

    /// The time of the newest entry of the audit log; `nil` if there is none.
    func lastEventTime() throws(StoreError) -> Timestamp?

    /// Removes the entries of the audit log from before a moment, some at a time, so that nobody waits for long. A
    /// removal that is cut off is finished by the next.
    ///
    /// - Parameter event: the entry that says so; it is added first, if there are any, with the moment in its details.
    /// - Returns: the number of entries.
    func pruneAudit(before moment: Timestamp, event: AuditEvent) throws(StoreError) -> Int
}

/// The part of the store for the counters of attempts.
public protocol ThrottleStore: Sendable {
    /// The counters that there are of these.
    func counters(_ keys: [ThrottleKey]) throws(StoreError) -> [ThrottleKey: ThrottleCounter]

    /// Changes counters as a rule decides that sees their present state, while nobody else changes anything.
    ///
    /// - Parameters:
    ///   - server: the server that has to have them, or nothing is changed; `nil` for any.
    ///   - repeats: whether it is done once more if nobody can tell whether it was done, so that it may be done
    ///     twice. Without that it may not be done at all.
    ///   - rule: gets the counters that there are; returns the counters as they shall be, with `nil` for one to remove,
    ///     or `nil` for no change at all. It may run more than once.
    /// - Returns: the server that has the counters. Another one that takes its place may not have this change; but what
    ///   is written behind it on the same one is never kept without it.
    @discardableResult
    func changeCounters(
        _ keys: [ThrottleKey], on server: StoreServer?, repeats: Bool,
        _ rule: ([ThrottleKey: ThrottleCounter]) -> [ThrottleKey: ThrottleCounter?]?
    ) throws(StoreError) -> StoreServer

    /// Removes counters that limit something.
    ///
    /// - Parameters:
    ///   - keys: the counters; `nil` for all.
    ///   - event: the entry for the audit log; it is added if there were any.
    /// - Returns: the number of counters.
    func clearCounters(_ keys: [ThrottleKey]?, event: AuditEvent) throws(StoreError) -> Int

    /// Removes some counters that have expired.
    ///
    /// - Parameter limit: the most that are removed at once.
    /// - Returns: the number of counters.
    func pruneCounters(at now: Timestamp, limit: Int) throws(StoreError) -> Int
}

extension ThrottleStore {
    /// Changes counters on whatever server answers.
    @discardableResult
    public func changeCounters(
        _ keys: [ThrottleKey], repeats: Bool,
        _ rule: ([ThrottleKey: ThrottleCounter]) -> [ThrottleKey: ThrottleCounter?]?
    ) throws(StoreError) -> StoreServer {
        try changeCounters(keys, on: nil, repeats: repeats, rule)
    }
}

extension AuditStore {
    /// Adds an entry to the audit log, on whatever server answers.
    public func append(_ event: AuditEvent) throws(StoreError) { try append(event, on: nil) }
}

/// One of the servers of a store that may take each other's place, from its start to its end: one that has crashed and
/// recovered is another one, since it may have lost what it told last.
public struct StoreServer: Sendable, Equatable {
    /// The number, which the next one that takes its place does not have.
    public let number: Int64
    /// The moment of its start, in the server's own unit.
    public let start: Int64

    /// Creates the name of a server.
    public init(number: Int64, start: Int64 = 0) { (self.number, self.start) = (number, start) }

    /// The server of a store that has no other.
    public static let only = StoreServer(number: 0)
}

extension StoreError {
    /// The error of what only the server that counts an attempt may do.
    public static let replacedServer = StoreError(
        .unavailable, "another server has taken the place of the one that counted an attempt: try again")
}
