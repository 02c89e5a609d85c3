import CSQLite
import Identity
import Synchronization

@testable import Storage

/// An engine that has SQLite run statements as late as one at the far end of a connection does, all that wait at once,
/// and counts how often: as many round trips the operations cost.
///
///     let store = try DeferredStore(folder)
///     _ = try store.account(id)
///     #expect(store.roundTrips == 1)
final class DeferredStore: SQLStore {
    let totals = ListTotals()
    private let connection: SQLiteConnection
    private let counted = Mutex(0)
    /// The commits until the one whose answer is lost, which is 1; less than 1 for none.
    private let untilLost = Mutex(0)
    /// The commits until the one after which another server takes its place; less than 1 for none.
    private let untilReplaced = Mutex(0)
    private let server = Mutex(StoreServer.only)

    private let repeats: Bool

    /// - Parameter repeats: whether each write is undone once and runs again, as if a server had undone it.
    init(_ path: String, repeats: Bool = false) throws {
        connection = try SQLiteConnection(path, readonly: false, busyTimeout: 5)
        self.repeats = repeats
    }

    /// The round trips of the transaction or read that was the last.
    var roundTrips: Int { counted.withLock { $0 } }

    private func run<Value>(
        _ start: String?, _ body: (DeferredTransaction) throws -> Value
    ) throws(StoreError) -> Value {
        let transaction = DeferredTransaction(connection, start, server.withLock { $0 })
        defer { counted.withLock { $0 = transaction.roundTrips } }
        return try StoreError.wrapping("deferred") {
            do {
                return try body(transaction)
            } catch {
                try transaction.rollBack()
                throw error
            }
        }
    }

    func read<Value>(_ body: (DeferredTransaction) throws -> Value) throws(StoreError) -> Value {
        try run(nil, body)
    }

    func readSnapshot<Value>(
        _ body: (DeferredTransaction) throws -> SQLResult<Value>
    ) throws(StoreError) -> Value {
        try run("BEGIN") { transaction in
            let result = try body(transaction)
            try transaction.commit()
            return try result.value
        }
    }

    func transaction<Value>(
        _ body: (DeferredTransaction) throws -> Completion<Value>
    ) throws(StoreError) -> Value {
        if repeats {
            try run("BEGIN IMMEDIATE") { transaction in
                _ = try body(transaction)
                try transaction.rollBack()
            }
        }
        return try run("BEGIN IMMEDIATE") { transaction in
            let completion = try body(transaction)
            if completion.isCommit { try transaction.commit() } else { try transaction.rollBack() }
            if completion.isCommit, Self.counts(down: untilReplaced) {
                server.withLock { $0 = StoreServer(number: $0.number + 1) }
            }
            if completion.isCommit, Self.counts(down: untilLost) { throw StoreError(.uncertain, "the answer is lost") }
            return completion.value
        }
    }

    /// Has the answer to a commit be lost, of which the next one is 1.
    func loseAnswer(toCommit number: Int) { untilLost.withLock { $0 = number } }

    /// Has another server with the same data take the place of the one that makes a commit, of which the next one is 1.
    func replaceServer(afterCommit number: Int) { untilReplaced.withLock { $0 = number } }

    private static func counts(down commits: borrowing Mutex<Int>) -> Bool {
        commits.withLock { left in
            left -= 1
            return left == 0
        }
    }

    func storedCarrier(
        _ kind: CredentialKind, _ hash: TokenHash, naming organization: String?
    ) throws(StoreError) -> Result<Carrier, CredentialRefusal> {
        try read { try $0.carrier(kind, hash, naming: organization) }
    }

    func checkReadiness() {}
    var commitFigures: CommitFigures { CommitFigures(count: 0, nanoseconds: 0) }
    func wipeErased() -> Bool { true }
}

/// A transaction whose statements wait until a result is read.
final class DeferredTransaction: SQLTransaction {
    typealias Dialect = DeferredDialect

    private final class Slot<Value> { var value: Value? }

    private let connection: SQLiteConnection
    private var queue: [() throws -> Void] = []
    private var order = LockOrder()
    private(set) var roundTrips = 0

    let server: StoreServer

    init(_ connection: SQLiteConnection, _ start: String?, _ server: StoreServer) {
        self.connection = connection
        self.server = server
        if let start { queue = [{ try connection.run(start) }] }
    }

    private func flush() throws {
        guard !queue.isEmpty else { return }
        roundTrips += 1
        let sent = queue
        queue = []
        for statement in sent { try statement() }
    }

    func commit() throws {
        queue.append { [connection] in try connection.run("COMMIT") }
        try flush()
    }

    func rollBack() throws {
        queue = []
        guard connection.isInTransaction else { return }
        queue = [{ [connection] in try connection.run("ROLLBACK") }]
        try flush()
    }

    private func submit<Value>(_ work: @escaping () throws -> Value) -> SQLResult<Value> {
        let slot = Slot<Value>()
        queue.append { slot.value = try work() }
        return .pending {
            if slot.value == nil { try self.flush() }
            guard let value = slot.value else { throw StoreError(.unexpected, "a statement never ran") }
            return value
        }
    }

    private func submit<Found>(
        _ sql: String, _ values: [SQLArgument], _ read: @escaping (SQLiteRow) throws -> Found
    ) -> SQLResult<[Found]> {
        submit { [connection] in
            var found: [Found] = []
            try connection.statement(sql).each(values) { row in
                found.append(try read(row))
                return true
            }
            return found
        }
    }

    // No closure is made if the types of the values are a pack: some builds find no metadata for its captures.
    private func submitFirst<Found>(
        _ sql: String, _ values: [SQLArgument], _ read: @escaping (SQLiteRow) throws -> Found
    ) -> SQLResult<Found?> {
        submit { [connection] in
            var found: Found?
            try connection.statement(sql).each(values) { row in
                found = try read(row)
                return false
            }
            return found
        }
    }

    private func submitChange(_ sql: String, _ values: [SQLArgument]) -> SQLResult<Int> {
        submit { [connection] in
            try connection.statement(sql).each(values) { _ in true }
            return unsafe Int(sqlite3_changes(connection.handle))
        }
    }

    private func arguments<each Value: SQLValue>(_ values: repeat each Value) -> [SQLArgument] {
        var arguments: [SQLArgument] = []
        repeat arguments.append((each values).argument)
        return arguments
    }

    @discardableResult
    func run<each Value: SQLValue>(_ sql: String, _ values: repeat each Value) throws -> SQLResult<Int> {
        submitChange(sql, arguments(repeat each values))
    }

    func first<Found, each Value: SQLValue>(
        _ sql: String, _ values: repeat each Value, read: @escaping (SQLiteRow) throws -> Found
    ) throws -> SQLResult<Found?> {
        submitFirst(sql, arguments(repeat each values), read)
    }

    func all<Found, each Value: SQLValue>(
        _ sql: String, _ values: repeat each Value, read: @escaping (SQLiteRow) throws -> Found
    ) throws -> SQLResult<[Found]> {
        submit(sql, arguments(repeat each values), read)
    }

    func rows<Found>(
        of query: SQLFragment, read: @escaping (SQLiteRow) throws -> Found
    ) throws -> SQLResult<[Found]> {
        submit(query.text, query.values, read)
    }

    func count(_ query: SQLFragment) throws -> SQLResult<(rows: Int, work: Int)> {
        try rows(of: query) { Int(try $0.number(0)) }.map { ($0.first ?? 0, 0) }
    }

    func lock(_ lock: SQLLock) throws {
        order.take(lock)
        _ = submit {}
    }

    func leavesPrincipals() {}
    func toleratesLoss(repeats: Bool) {}
    func noteErasure() throws {}

    func removeAudit(before moment: Timestamp, limit: Int) throws -> SQLResult<Int> {
        try run("DELETE FROM audit_event WHERE time < $1", moment)
    }
}

/// SQLite's spelling, for an engine that finds its indexes and ranges by itself.
enum DeferredDialect: SQLDialect {
    static func isBeyondASCII(_ column: String) -> String { SQLiteDialect.isBeyondASCII(column) }
    static let least = SQLiteDialect.least
    static let position = SQLiteDialect.position
    static let forShare = ""
    static let skippingLocked = ""
    static let passwordLookup = PasswordQueries<Self>.lookup
    static let auditInsertion = AuditQueries<Self>.insertion
    static let mergesIndexRanges = false
    static let comparesRows = true
    static let auditPlace = SQLiteDialect.auditPlace

    static func hasBits(_ bits: Int64, _ column: String) -> String { "(\(column) & \(bits)) <> 0" }
    static func isSet(_ column: String) -> String { "\(column) <> 0" }
    static func rows(of table: String, by index: String?) -> String { table }
    static func unlocked(_ table: String, _ condition: String) -> String {
        "id IN (SELECT id FROM \(table) WHERE \(condition))"
    }
    static func joinedMembers(ofJSON value: String) -> String { SQLiteDialect.joinedMembers(ofJSON: value) }
    static func contains(_ text: String, _ column: String) -> SQLFragment { SQLiteDialect.contains(text, column) }
    static func auditPlace(of time: String) -> String { time }
    static func auditRow(_ values: String) -> String { SQLiteDialect.auditRow(values) }
}
