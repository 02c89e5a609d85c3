/// The figures of a process's use of PostgreSQL, for its metrics. Counts are those since the start of the process.
public struct PostgreSQLFigures: Sendable, Equatable {
    /// The connections of one kind.
    public struct Pool: Sendable, Equatable {
        /// The most connections.
        public let size: Int
        /// The connections that are in use.
        public let inUse: Int
        /// The threads that wait for one.
        public let waiting: Int
        /// The times that a thread got none in time.
        public let refused: Int

        init(_ pool: ConnectionPool.Figures) {
            (size, inUse, waiting, refused) = (pool.size, pool.inUse, pool.waiting, pool.refused)
        }
    }

    /// The connections that write.
    public let writers: Pool
    /// The connections that read, but for credentials.
    public let readers: Pool
    /// The connections that look credentials up.
    public let lookups: Pool
    /// The connections that were opened.
    public let openings: Int
    /// The statements that looked credentials up.
    public let batches: Int
    /// The credentials that they looked up: divided by `batches`, the mean size of a batch.
    public let batchedLookups: Int
    /// The transactions that were tried again.
    public let retries: Int
    /// The commits whose answer was lost.
    public let ambiguousCommits: Int
    /// The time since the last heartbeat that was acknowledged; `nil` if there was none.
    public let heartbeatAge: Duration?
    /// Tells that credentials are not looked up, since heartbeats are not acknowledged.
    public let isFenced: Bool
}
