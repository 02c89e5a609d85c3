import Cryptography
import Identity
import Storage

/// The numbers of rows of the database that name each key.
enum SealedRowCounts {
    /// Counts them in the database that the settings name.
    ///
    /// - Throws: `CommandFailure` with the reason for which nobody can tell.
    static func read() throws(CommandFailure) -> [KeyID: Int] {
        let environment = ProgramEnvironment.process
        let database = try Settings(environment: environment.variables, isThorough: false).database
        do throws(StoreError) {
            return try database.open(workers: 1, isServing: false, number: environment.number) { _ in }.sealedRows()
        } catch {
            throw CommandFailure(error)
        }
    }
}
