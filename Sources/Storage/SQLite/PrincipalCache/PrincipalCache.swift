import Identity
import Synchronization

/// Who carries a credential, as it was read from the database, until anything in the database changes.
///
/// What is kept is known by the commit that it was read after, and is found only for as long as that is the last one, of
/// whatever process, or all later ones are this process's own and are known to change no principal. So nothing outlives
/// its revocation.
final class PrincipalCache: Sendable {
    /// The principals of all credentials in a part, at most: then it starts anew.
    private static let largestPart = 512

    private struct Entries {
        var commit: WALIndex.Commit?
        var principals: [TokenHash: Principal] = [:]
    }

    /// There are many of these, so that threads hardly ever meet at one.
    private final class Part: Sendable {
        let entries = Mutex(Entries())
    }

    private let parts = (0..<64).map { _ in Part() }

    /// The principal that was read after a commit.
    func principal(_ hash: TokenHash, at commit: WALIndex.Commit) -> Principal? {
        // Who finds another thread there reads the database, rather than wait.
        part(of: hash).entries.withLockIfAvailable { entries in
            entries.commit == commit ? entries.principals[hash] : nil
        } ?? nil
    }

    /// Keeps a principal that was read while a commit was the last one.
    func keep(_ principal: Principal, _ hash: TokenHash, at commit: WALIndex.Commit) {
        part(of: hash).entries.withLockIfAvailable { entries in
            if entries.commit != commit || entries.principals.count >= Self.largestPart {
                entries.principals.removeAll(keepingCapacity: true)
            }
            entries.commit = commit
            entries.principals[hash] = principal
        }
    }

    /// Goes on with what was kept, after a commit right behind that one which changed no principal.
    func advance(from before: WALIndex.Commit, to after: WALIndex.Commit) {
        for part in parts {
            part.entries.withLock { entries in
                if entries.commit == before { entries.commit = after }
            }
        }
    }

    private func part(of hash: TokenHash) -> Part { parts[Int(hash.bytes.first ?? 0) % parts.count] }
}
