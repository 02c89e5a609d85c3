public import Identity
import Storage

/// The making of stores of one engine, for the suites that every engine has to pass.
///
/// A store of another engine gets a value here, and `StoreEngine.current` chooses among them.
public struct StoreMaker: Sendable {
    private let open: @Sendable (TemporaryFolder) throws -> any IdentityStore
    private let look: @Sendable (TemporaryFolder) throws -> any TestConnection

    /// The maker that the suites run with.
    public static let current =
        switch StoreEngine.current {
        case .sqlite: sqlite
        case .postgresql: postgresql
        }

    private static let sqlite = StoreMaker(
        open: { try SQLiteStore.create(path: $0.path(file)) }, look: { try TestDatabase($0.path(file)) })
    private static let file = "p.sqlite3"

    private static let postgresql = StoreMaker(
        open: { try SchemaPool.shared.store(in: $0) },
        look: { try TestPostgreSQL(schema: SchemaPool.shared.schema(of: $0).name) })

    /// Opens the store of a test, which is made when it is first opened; each call is like another process.
    public func store(in folder: TemporaryFolder) throws -> any IdentityStore { try open(folder) }

    /// Connects to that store's database past the store.
    public func connection(in folder: TemporaryFolder) throws -> any TestConnection { try look(folder) }
}
