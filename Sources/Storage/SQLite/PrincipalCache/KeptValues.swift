import System

/// Values that were read after one commit, until the next one (`PrincipalCache` has the proof).
struct KeptValues<Key: Hashable & Sendable, Value: Sendable>: Sendable {
    private struct Entries {
        var commit: WALIndex.Commit?
        var values: [Key: Value] = [:]
    }

    private let parts = Sharded(Entries())
    /// The values in one of the 64 parts, at most: then it starts anew.
    private let largestPart: Int

    init(largestPart: Int) { self.largestPart = largestPart }

    /// The value that was read after a commit.
    ///
    /// - Parameter part: some bits of the key, which say where it is kept.
    func value(_ key: Key, part: UInt8, at commit: WALIndex.Commit) -> Value? {
        // A thread that finds another one there reads the database, rather than wait.
        parts.withLockIfAvailable(part) { entries in
            entries.commit == commit ? entries.values[key] : nil
        } ?? nil
    }

    /// Keeps a value that was read while a commit was the last one.
    func keep(_ value: Value, _ key: Key, part: UInt8, at commit: WALIndex.Commit) {
        parts.withLockIfAvailable(part) { entries in
            if entries.commit != commit || entries.values.count >= largestPart {
                entries.values.removeAll(keepingCapacity: true)
            }
            entries.commit = commit
            entries.values[key] = value
        }
    }

    /// Goes on with what was kept after a commit, after the next one.
    func advance(from commit: WALIndex.Commit, to next: WALIndex.Commit) {
        parts.mapShards { entries in
            if entries.commit == commit { entries.commit = next }
        }
    }
}
