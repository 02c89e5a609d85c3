import Glibc
import Storage
import Synchronization

/// The schemas of the suites that every engine has to pass. Each test finds one as if it was new; the next one gets the
/// same.
///
/// To make a schema and to drop it takes a processor 0.3 s, to empty one 0.005 s. That is done when it is taken again,
/// once nobody is left to write into it. A schema whose tables, functions or triggers a test has changed is dropped.
final class SchemaPool: Sendable {
    /// The schemas of this process.
    static let shared = SchemaPool()

    private struct State {
        var idle: [PooledSchema] = []
        /// By the path of the folder that has it.
        var taken: [String: PooledSchema] = [:]
    }
    private let state = Mutex(State())

    private init() {
        // A database that was there before outlives the process; the tests' own does not.
        if (try? PostgreSQLCluster.shared().folder) == nil { atexit { SchemaPool.shared.dropIdle() } }
    }

    /// The schema of a folder, which the folder has as long as it is there.
    func schema(of folder: TemporaryFolder) throws -> PooledSchema {
        if let schema = state.withLock({ $0.taken[folder.path] }) { return schema }
        let schema = try takeIdle() ?? PooledSchema()
        let path = folder.path
        state.withLock { $0.taken[path] = schema }
        folder.atEnd("schema") {
            self.state.withLock { state in
                if let schema = state.taken.removeValue(forKey: path) { state.idle.append(schema) }
            }
        }
        return schema
    }

    /// Opens a store in the schema of a folder: another responder each time.
    func store(in folder: TemporaryFolder) throws -> PostgreSQLStore { try schema(of: folder).store() }

    private func takeIdle() -> PooledSchema? {
        while let schema = popIdle() {
            if schema.empty() { return schema }
            schema.drop()
        }
        return nil
    }

    private func popIdle() -> PooledSchema? {
        state.withLock { state in
            state.idle.firstIndex { !$0.isInUse }.map { state.idle.remove(at: $0) }
        }
    }

    private func dropIdle() {
        for schema in state.withLock({ $0.idle }) { schema.drop() }
    }
}
