import Identity

/// A store of accounts in an SQL database of some engine.
///
/// An engine provides transactions. All operations are here, each once, as extensions of this protocol and of
/// `SQLTransaction`, in a file for each subject.
protocol SQLStore: IdentityStore {
    associatedtype Transaction: SQLTransaction

    /// The totals of long lists that are remembered.
    var totals: ListTotals { get }

    /// Reads beside other readers and the writer. One statement sees one state of the database.
    func read<Value>(_ body: (Transaction) throws -> Value) throws(StoreError) -> Value

    /// Reads several statements' rows from one state of the database. That may take long.
    ///
    /// - Parameter body: returns its last results unread, so that the end of the transaction goes along with them.
    func readSnapshot<Value>(_ body: (Transaction) throws -> SQLResult<Value>) throws(StoreError) -> Value

    /// Reads the audit log from one state of the database.
    ///
    /// If transactions write side by side, an entry may become visible after one that has a later place in the log,
    /// and whoever follows the log by cursors would miss it. Such an engine leaves out all entries that are later than
    /// the beginning of the oldest transaction which is still writing: it finds that before it chooses the state that
    /// is read.
    ///
    /// - Parameter body: gets a condition which leaves these out; `.none` if there are none.
    func readAudit<Value>(_ body: (Transaction, SQLFragment) throws -> SQLResult<Value>) throws(StoreError) -> Value

    /// Runs one write transaction, which is undone if `body` says so or throws. `body` may run more than once.
    func transaction<Value>(_ body: (Transaction) throws -> Completion<Value>) throws(StoreError) -> Value

    /// The carrier of a credential, as it is stored, from the engine's memory if that is good; or the reason for
    /// which it has none, whatever the time is. In one round trip.
    ///
    /// - Parameter organization: the slug or identifier of the organization that the request names; `nil` for none.
    func storedCarrier(
        _ kind: CredentialKind, _ hash: TokenHash, naming organization: String?
    ) throws(StoreError) -> Result<Carrier, CredentialRefusal>
}

/// The end of a transaction, with its result.
enum Completion<Value> {
    case commit(Value)
    case rollback(Value)

    var isCommit: Bool { if case .commit = self { true } else { false } }

    var value: Value {
        switch self {
        case .commit(let value), .rollback(let value): value
        }
    }
}

extension SQLStore {
    /// Runs one write transaction, which is kept unless `body` throws.
    func write<Value>(_ body: (Transaction) throws -> Value) throws(StoreError) -> Value {
        try transaction { .commit(try body($0)) }
    }

    func readAudit<Value>(_ body: (Transaction, SQLFragment) throws -> SQLResult<Value>) throws(StoreError) -> Value {
        try readSnapshot { try body($0, .none) }
    }

    /// Reads a page of a list.
    ///
    /// - Parameter row: reads the row with an identifier.
    func readList<Item>(
        _ page: PageRequest, _ keyset: Keyset, row: (Transaction, Int64) throws -> SQLResult<Item?>
    ) throws(StoreError) -> Page<Item> {
        try readSnapshot { transaction in
            try keyset.page(transaction, page, in: keyset.ranges(transaction) ?? [], totals) {
                try row(transaction, $0.minor)
            }
        }
    }
}

extension SQLStore {
    public func lastBackup() throws(StoreError) -> Timestamp? {
        try read { try $0.first("SELECT value FROM meta WHERE name = 'last_backup'") { try $0.moment(0) }.value }
    }
}
