/// The connections of a process, by what they are for: so that writes which wait for a lock keep no request from being
/// verified.
struct ConnectionPools: Sendable {
    let source: ConnectionSource
    /// For the principals of requests.
    let lookups: ConnectionPool
    /// For everything else that is read.
    let readers: ConnectionPool
    /// For writes.
    let writers: ConnectionPool

    /// Closes all connections of a generation: those in use as soon as they are put back.
    func giveUp(_ generation: Int) {
        source.giveUp(generation)
        closeUnusable()
    }

    /// Closes the connections that nobody uses, and that nobody may use any more.
    func closeUnusable() { for pool in [lookups, readers, writers] { pool.closeUnusable() } }

    /// Closes all connections: those in use as soon as they are put back.
    func close() { giveUp(source.currentGeneration) }
}

extension ConnectionPools {
    init(
        _ target: PostgreSQLTarget, _ connections: PostgreSQLStore.Connections, program: Int64, isForCopy: Bool = false,
        fence: Fence
    ) {
        let source = ConnectionSource(target, program: program, isForCopy: isForCopy, fence: fence)
        self.source = source
        readers = ConnectionPool(source, size: connections.readers)
        lookups = connections.isShared ? readers : ConnectionPool(source, size: connections.lookups)
        writers = connections.isShared ? readers : ConnectionPool(source, size: connections.writers)
    }
}
