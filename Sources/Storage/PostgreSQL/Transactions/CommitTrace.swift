/// The number of a transaction, by which its outcome is found again where the answer to its COMMIT is lost, and the
/// timeline on which it has that number. After a promotion another transaction may have the same.
struct CommitTrace: Sendable, Equatable {
    let transaction: Int64
    let timeline: Int64

    /// Asks for both. The first makes the server give the transaction its number.
    static let statement = PostgreSQLStatement("SELECT pg_current_xact_id(), \(PostgreSQLSchema.timelineNumber)")
}
