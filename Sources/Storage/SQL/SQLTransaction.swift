import Identity

/// A transaction of an engine, or a look at one state of its data.
///
/// The text of a statement is the same for every engine: parameters are `$1`, `$2` and so on in ascending order, and
/// the table of users is `"user"`. `Dialect` has the few snippets that differ.
///
/// A statement is given to the engine at once, and its result is read where it is needed: so an engine at the far end
/// of a connection sends several statements together, in one round trip. An operation therefore takes its locks, gives
/// all statements whose values it knows, reads their results, and then writes. What it writes goes along with the
/// commit, and so do its errors.
///
///     try transaction.lock(.account(.id(account)))
///     let isThere = try transaction.first("SELECT 1 FROM session WHERE id = $1", id) { _ in true }
///     let ended = try transaction.run("DELETE FROM session WHERE account_id = $1", account)
///     guard try isThere.value != nil, try ended.value == 1 else { … }   // one round trip for all three
protocol SQLTransaction {
    associatedtype Row: SQLRow
    associatedtype Dialect: SQLDialect

    /// The server that it is on.
    var server: StoreServer { get }

    /// Runs a statement.
    ///
    /// - Returns: the number of rows that it added, changed or removed.
    @discardableResult
    func run<each Value: SQLValue>(_ sql: String, _ values: repeat each Value) throws -> SQLResult<Int>

    /// Runs a query for its first row.
    ///
    /// - Parameter read: makes something of the row, which is not valid afterwards. It may run later, when the result
    ///   is read.
    /// - Returns: `nil` if there is no row.
    func first<Found, each Value: SQLValue>(
        _ sql: String, _ values: repeat each Value, read: @escaping (Row) throws -> Found
    ) throws -> SQLResult<Found?>

    /// Runs a query, or a statement with `RETURNING`, for all of its rows.
    func all<Found, each Value: SQLValue>(
        _ sql: String, _ values: repeat each Value, read: @escaping (Row) throws -> Found
    ) throws -> SQLResult<[Found]>

    /// Runs a query that was put together. It has a name of its own, since a literal would otherwise be taken for a
    /// `String`, with the values in its text.
    func rows<Found>(
        of query: SQLFragment, read: @escaping (Row) throws -> Found
    ) throws -> SQLResult<[Found]>

    /// Counts rows.
    ///
    /// - Returns: the number of rows, and the work that it took to count them, in the engine's own unit (`ListTotals`).
    func count(_ query: SQLFragment) throws -> SQLResult<(rows: Int, work: Int)>

    /// Takes a lock, or waits for it. An engine where one transaction writes at a time has nothing to do.
    ///
    /// - Precondition: it comes behind all locks that the transaction holds (`LockOrder`).
    func lock(_ lock: SQLLock) throws

    /// Declares that this transaction neither changes nor removes anything that a `Principal` is read from, or that is
    /// shown of its account, its users and its organization (`ProfileRows`), so that the engine may keep what it has of
    /// them in memory. Without this, it drops that.
    func leavesPrincipals()

    /// Declares that this transaction may be lost although it was acknowledged, if the engine's machine dies within
    /// the next second: the engine need not wait for its disk. It holds nothing but counts of attempts, or notes of
    /// uses.
    ///
    /// - Parameter repeats: whether it is done once more if nobody can tell whether it was done. Without that it
    ///   counts as done.
    func toleratesLoss(repeats: Bool)

    /// Learns of an entry of the audit log that is about to be added.
    func willRecord(_ event: AuditEvent) throws

    /// Notes that something was erased, which is still in the engine's files until `wipeErased`.
    func noteErasure() throws

    /// Removes some entries of the audit log from before a moment, as far as the newest pruning entry allows, which may
    /// be another process's by now.
    ///
    /// - Parameter limit: the most that are removed. If an engine drops whole parts of the log, it may be more.
    /// - Returns: the number of entries, an estimate for a large part; 0 once there are none left, or if others are
    ///   in the way.
    func removeAudit(before moment: Timestamp, limit: Int) throws -> SQLResult<Int>
}

extension SQLTransaction {
    func willRecord(_ event: AuditEvent) {}

    /// Runs a query for one thing that is put together from all of its rows.
    ///
    /// - Parameter add: adds a row to the thing, which the first row begins.
    /// - Returns: `nil` if there is no row.
    func assembled<Made, each Value: SQLValue>(
        _ sql: String, _ values: repeat each Value, add: @escaping (Row, inout Made?) throws -> Void
    ) throws -> SQLResult<Made?> {
        let assembly = Assembly<Made>()
        return try all(sql, repeat each values) { try add($0, &assembly.made) }.map { _ in assembly.made }
    }
}

/// The place where `assembled` keeps its thing between two rows.
private final class Assembly<Made> {
    var made: Made?
}

/// A row of a result. Columns count from 0; NULL is `nil`.
protocol SQLRow: SendableMetatype {
    func integer(_ column: Int) -> Int64?
    /// - Throws: an error if there is no memory for it, which is never taken for NULL.
    func text(_ column: Int) throws -> String?
    /// - Throws: as `text` does.
    func bytes(_ column: Int) throws -> [UInt8]?
    /// The value of a column whose type is not known.
    func argument(_ column: Int) throws -> SQLArgument
}

extension SQLRow {
    /// A value that no row lacks.
    private func present<Value>(_ value: Value?, _ column: Int) throws(StoreError) -> Value {
        guard let value else { throw StoreError(.damaged, "a row lacks the value that each has in column \(column)") }
        return value
    }

    func number(_ column: Int) throws -> Int64 { try present(integer(column), column) }
    func flag(_ column: Int) throws -> Bool { try number(column) != 0 }
    func string(_ column: Int) throws -> String { try present(text(column), column) }
    func blob(_ column: Int) throws -> [UInt8] { try present(bytes(column), column) }

    func id<Entity>(_ column: Int) throws -> Identifier<Entity> { Identifier(column: try number(column)) }
    func optionalID<Entity>(_ column: Int) -> Identifier<Entity>? { integer(column).map { Identifier(column: $0) } }

    func moment(_ column: Int) throws -> Timestamp { Timestamp(secondsSince1970: try number(column)) }
    func optionalMoment(_ column: Int) -> Timestamp? { integer(column).map { Timestamp(secondsSince1970: $0) } }

    func roles(_ column: Int) throws -> RoleSet {
        let number = try number(column)
        guard let bits = UInt8(exactly: number) else { throw StoreError(.damaged, "\(number) is not a set of roles") }
        return RoleSet(rawValue: bits)
    }

    func optionalRole(_ column: Int) throws -> Role? {
        guard let number = integer(column) else { return nil }
        guard let role = UInt8(exactly: number).flatMap(Role.init(bit:)) else {
            throw StoreError(.damaged, "\(number) is not a role")
        }
        return role
    }

    func methods(_ column: Int) throws -> AuthenticationMethods {
        let number = try number(column)
        guard let bits = UInt8(exactly: number) else { throw StoreError(.damaged, "\(number) is not a set of methods") }
        return AuthenticationMethods(rawValue: bits)
    }

    /// The policy of an organization; the one that adds nothing if there is no organization.
    func secondFactorPolicy(_ column: Int) throws -> SecondFactorPolicy {
        guard let number = integer(column) else { return .optional }
        guard let policy = SecondFactorPolicy(number: number) else {
            throw StoreError(.damaged, "\(number) is not a policy on second factors")
        }
        return policy
    }

    func tokenHash(_ column: Int) throws -> TokenHash { TokenHash(bytes: try blob(column)) }

    /// The state of an account or a user.
    func state(_ column: Int, of owner: @autoclosure () -> String) throws -> Account.State {
        let text = try string(column)
        guard let state = Account.State(rawValue: text) else {
            throw StoreError(.damaged, "\(owner()) has the unknown state \(text)")
        }
        return state
    }
}
