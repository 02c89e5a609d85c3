public import Identity
import Storage

/// The making of stores of one engine, for the suites that every engine has to pass.
///
/// A store of another engine gets a value here, and `POSTERN_TEST_STORE` chooses among them.
public struct StoreMaker: Sendable {
    private let open: @Sendable (TemporaryFolder) throws -> any IdentityStore

    /// The maker that the suites run with.
    public static let current = StoreMaker { folder in
        try SQLiteStore.create(path: folder.path("p.sqlite3"))
    }

    /// Opens the store of a test, which is made when it is first opened; each call is like another process.
    public func store(in folder: TemporaryFolder) throws -> any IdentityStore { try open(folder) }
}
