import Identity

/// The principals of credentials, as they were read from the database, until anything in the database changes.
///
/// **Why no principal outlives its revocation.** A verify must see each revocation that was acknowledged before it
/// began, by whatever process. This is why a kept principal is never older than that:
///
/// 1. *Each commit has a mark* (`WALIndex.Commit`): the header of the wal-index, memory that all connections in all
///    processes share. SQLite changes it before a commit returns, and so before a revocation is acknowledged. Its
///    counter, checksum and salts differ from those of every earlier commit to this file; the file's identity tells
///    databases apart.
/// 2. *A principal is kept only under the mark that it was read at*: the mark is read before the query and after it,
///    and if both are the same, no commit came in between, so the query saw this commit's state (`principal`).
/// 3. *It is found only under the mark that holds now*: a lookup reads the mark first. A later commit of any process
///    changes the mark, and what was kept is not found.
/// 4. *One exception*: a commit of this process that is known to leave principals alone moves the mark of all that was
///    kept right before it (`advance`). It is known by declaration (`SQLTransaction.leavesPrincipals`), without which a
///    transaction counts as a change; in a group of writes all of them have to declare it. That nobody else committed
///    in between shows in `PRAGMA data_version`, which each foreign commit changes (`OwnCommit`). If that can't be
///    told, the mark is left alone, and everything is read anew.
///
/// A mark that is read while a commit is being made may be a mixture of two. Its checksum is wrong, so it equals no
/// mark of a finished commit: a principal kept under it is found only until that commit is finished, which is before it
/// is acknowledged.
///
/// Logins and registrations leave principals alone and are the most frequent writes, so that they cost no verify its
/// entry.
///
/// **Profiles.** The text that a caller is told of itself (`GET /auth/session`) is a function of its principal, its
/// account with its users, and the organization in which it acts. It is kept in the same way: its rows are read under
/// the mark under which it is kept, and the declaration covers them too. The principal came from an earlier lookup,
/// perhaps before that mark: so the text is kept along with it, and found by an equal principal only.
///
///     let principal = try cache.principal(hash, at: reader.index) { try read(hash) }
struct PrincipalCache: Sendable {
    private let principals = KeptValues<TokenHash, Principal>(largestPart: 512)
    /// Smaller, since each takes about a kilobyte.
    private let profiles = KeptValues<CredentialID, Profile>(largestPart: 256)

    /// The text of what a principal is told of itself.
    private struct Profile {
        let principal: Principal
        let text: [UInt8]

        /// The bytes of the longest that is kept: some have a hundred organizations.
        static let maximumLength = 4096
    }

    /// The principal that is kept, else the one that `read` finds.
    ///
    /// - Parameter index: the wal-index of the connection on which `read` runs one query; `nil` to keep nothing.
    func principal(
        _ hash: TokenHash, at index: WALIndex?, read: () throws -> Result<Principal, CredentialRefusal>
    ) rethrows -> Result<Principal, CredentialRefusal> {
        let commit = index?.commit
        if let commit, let principal = kept(hash, at: commit) { return .success(principal) }
        let found = try read()
        if let commit, case .success(let principal) = found, index?.commit == commit {
            keep(principal, hash, at: commit)
        }
        return found
    }

    /// The principal that was read after a commit.
    func kept(_ hash: TokenHash, at commit: WALIndex.Commit) -> Principal? {
        principals.value(hash, part: part(of: hash), at: commit)
    }

    /// Keeps a principal that was read while a commit was the last one.
    func keep(_ principal: Principal, _ hash: TokenHash, at commit: WALIndex.Commit) {
        principals.keep(principal, hash, part: part(of: hash), at: commit)
    }

    /// The profile that was written for an equal principal, of rows that were read after a commit.
    func keptProfile(of principal: Principal, at commit: WALIndex.Commit) -> [UInt8]? {
        let id = principal.credentialID
        let profile = profiles.value(id, part: part(of: id), at: commit)
        return profile.flatMap { $0.principal == principal ? $0.text : nil }
    }

    /// Keeps the profile of a principal, of rows that were read while a commit was the last one.
    func keep(profile text: [UInt8], of principal: Principal, at commit: WALIndex.Commit) {
        guard text.count <= Profile.maximumLength else { return }
        let id = principal.credentialID
        profiles.keep(Profile(principal: principal, text: text), id, part: part(of: id), at: commit)
    }

    /// Goes on with what was kept, after a commit right behind that one which left principals alone.
    func advance(over own: OwnCommit?, _ db: SQLiteConnection) {
        // What can't be told is taken for another's commit.
        guard let ends = try? own?.ends(db) else { return }
        principals.advance(from: ends.before, to: ends.after)
        profiles.advance(from: ends.before, to: ends.after)
    }

    private func part(of hash: TokenHash) -> UInt8 { hash.bytes.first ?? 0 }

    private func part(of id: CredentialID) -> UInt8 {
        switch id {
        case .apiToken(let id): UInt8(truncatingIfNeeded: id.rawValue)
        case .session(let id): UInt8(truncatingIfNeeded: id.rawValue)
        }
    }
}

extension PrincipalCache {
    /// A commit that is made by a connection of this process, and the one before it.
    struct OwnCommit {
        private let index: WALIndex
        private let before: WALIndex.Commit
        private let dataVersion: Int64

        /// - Parameter opened: a connection inside of a transaction that has the lock, so that nobody else commits
        ///   before it has.
        /// - Returns: `nil` if nothing tells one commit from another.
        init?(_ opened: DatabaseFiles.Opened) throws {
            guard let index = WALIndex(opened), let before = index.commit,
                let dataVersion = try Self.dataVersion(opened.connection)
            else { return nil }
            (self.index, self.before, self.dataVersion) = (index, before, dataVersion)
        }

        /// The commit before, and the one that the connection has just made.
        ///
        /// - Parameter db: the connection, outside of a transaction and with no statement under way, so that it looks
        ///   for the commits of others once more.
        /// - Returns: `nil` if there was one.
        func ends(_ db: SQLiteConnection) throws -> (before: WALIndex.Commit, after: WALIndex.Commit)? {
            // In this order: the version shows that the mark read before is of the connection's own commit.
            guard let after = index.commit, try Self.dataVersion(db) == dataVersion else { return nil }
            return (before, after)
        }

        /// Changes with each commit that another connection makes, of whatever process, and never with an own one
        /// (SQLite, "PRAGMA data_version").
        private static func dataVersion(_ db: SQLiteConnection) throws -> Int64? {
            try db.first("PRAGMA data_version") { try $0.number(0) }
        }
    }
}
