import Cryptography
import Identity
import Storage

/// The numbers of rows of the database that name each key.
enum SealedRowCounts {
    /// Counts them in the database that the settings name.
    ///
    /// - Throws: `CommandFailure` with the reason for which nobody can tell.
    static func read() throws(CommandFailure) -> [KeyID: Int] {
        try inStore { store throws(StoreError) in try store.sealedRows() }
    }

    /// Retires a key in that database, unless rows need it.
    ///
    /// - Returns: the number of rows that need it.
    /// - Throws: `CommandFailure` as `read` does.
    static func retire(_ key: KeyID) throws(CommandFailure) -> Int {
        try inStore { store throws(StoreError) in try store.retire(key) }
    }

    private static func inStore<Value>(
        _ body: (any IdentityStore) throws(StoreError) -> Value
    ) throws(CommandFailure) -> Value {
        let environment = ProgramEnvironment.process
        let database = try Settings(environment: environment.variables, isThorough: false).database
        do throws(StoreError) {
            return try body(database.open(workers: 1, isServing: false, number: environment.number) { _ in })
        } catch {
            throw CommandFailure(error)
        }
    }
}
