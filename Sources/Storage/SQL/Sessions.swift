import FoundationEssentials
import GRDB
public import Identity

extension SQLiteStore {
    public func begin(
        _ session: Session, verifiedHash: String, renewedHash: String?, replaced: ReplacedSession?,
        attempt: ThrottleReservation, event: (Account) throws -> AuditEvent
    ) throws(StoreError) -> Account? {
        try write(changesPrincipals: replaced != nil) { db in
            guard let (account, passwordHash) = try AccountRows.accountWithHash(db, .account(session.account)),
                account.state == .active, passwordHash == verifiedHash
            else { return nil }
            if let renewedHash {
                let renew = try PreparedQuery(db, sql: "UPDATE account SET password_hash = ? WHERE id = ?")
                try renew.run(renewedHash, session.account.column)
            }
            try Self.release(attempt, at: session.createdAt, db)
            if let replaced { try Self.end(replaced, db) }
            let insert = try PreparedQuery(
                db,
                sql: """
                    INSERT INTO session (id, token_hash, account_id, created_at, last_seen, expires_at, address,
                        user_agent)
                    VALUES (?, ?, ?, ?, ?, ?, ?, ?)
                    """)
            try insert.run(
                session.id.column, session.tokenHash.bytes, session.account.column,
                session.createdAt.secondsSince1970, session.lastSeen.secondsSince1970,
                session.expiresAt.secondsSince1970, session.address, session.userAgent)
            try AuditRows.insert(try event(account), db)
            return account
        }
    }

    private static func end(_ replaced: ReplacedSession, _ db: Database) throws {
        let delete = try PreparedQuery(db, sql: "DELETE FROM session WHERE token_hash = ? RETURNING id, account_id")
        var ended: (session: Int64, account: Int64)?
        try delete.each(replaced.tokenHash.bytes) { row in
            if let session = row.number(0), let account = row.number(1) { ended = (session, account) }
        }
        guard let ended else { return }
        let event = try replaced.event(Identifier(column: ended.session), Identifier(column: ended.account))
        try AuditRows.insert(event, db)
    }

    public func sessions(
        of account: Identifier<Account>, at now: Timestamp, idleSince: Timestamp, _ page: PageRequest
    ) throws(StoreError) -> Page<Session> {
        try readList { db, totals in
            let keyset = Self.keyset(of: account, at: now, idleSince: idleSince)
            let find = try db.cachedStatement(sql: "SELECT * FROM session WHERE id = ?")
            return try keyset.page(db, page, in: keyset.ranges(db) ?? [], totals) { id in
                try Row.fetchOne(find, arguments: [id]).map { row in
                    let hash: Data = row["token_hash"]
                    return Session(
                        id: Identifier(column: row["id"]), tokenHash: TokenHash(bytes: [UInt8](hash)),
                        account: account, createdAt: Timestamp(column: row["created_at"]),
                        lastSeen: Timestamp(column: row["last_seen"]), expiresAt: Timestamp(column: row["expires_at"]),
                        address: row["address"], userAgent: row["user_agent"])
                }
            }
        }
    }

    static func keyset(of account: Identifier<Account>, at now: Timestamp, idleSince: Timestamp) -> Keyset {
        Keyset(
            table: "session", index: "session_account", prefix: [.one("account_id", account.column)],
            filters: [
                ("expires_at > ?", [now.secondsSince1970]), ("last_seen > ?", [idleSince.secondsSince1970]),
                ("created_at <= ?", [now.secondsSince1970 + WallClock.tolerance]),
            ],
            keys: ("created_at", "id"))
    }

    public func sessionCount() throws(StoreError) -> Int {
        // Without a condition: that counts the entries of the smallest index, a page at a time.
        try read { db in
            try Int.fetchOne(db.cachedStatement(sql: "SELECT count(*) FROM session")) ?? 0
        }
    }

    public func endSessions(
        _ sessions: SessionSelection, of account: Identifier<Account>, event: (CredentialID) throws -> AuditEvent
    ) throws(StoreError) -> Int {
        try write { db in try Self.endSessions(sessions, of: account, db, event: event) }
    }

    /// Ends sessions inside the caller's transaction.
    @discardableResult
    static func endSessions(
        _ sessions: SessionSelection, of account: Identifier<Account>, _ db: Database,
        event: (CredentialID) throws -> AuditEvent
    ) throws -> Int {
        let (condition, arguments): (String, StatementArguments) =
            switch sessions {
            case .all: ("", [account.column])
            case .one(let id): ("AND id = ?", [account.column, id.column])
            case .allBut(let id): ("AND id <> ?", [account.column, id.column])
            }
        let delete = try db.cachedStatement(
            sql: "DELETE FROM session WHERE account_id = ? \(condition) RETURNING id")
        let ended = try Int64.fetchAll(delete, arguments: arguments)
        for id in ended { try AuditRows.insert(try event(.session(Identifier(column: id))), db) }
        return ended.count
    }

    public func pruneSessions(
        at now: Timestamp, idleSince: Timestamp, future: Timestamp?, limit: Int
    ) throws(StoreError) -> Int {
        // Nothing is greater than NULL.
        let condition = "(expires_at <= ? OR last_seen <= ? OR created_at > ?)"
        let moments: StatementArguments = [
            now.secondsSince1970, idleSince.secondsSince1970, future?.secondsSince1970,
        ]
        // Looked for without the lock, since that takes the longest.
        let found = try read { db in
            try Int64.fetchAll(
                db.cachedStatement(sql: "SELECT id FROM session WHERE \(condition) LIMIT ?"),
                arguments: moments + [limit])
        }
        guard !found.isEmpty else { return 0 }
        return try write { db in
            let delete = try db.cachedStatement(sql: "DELETE FROM session WHERE id = ? AND \(condition)")
            return try found.reduce(0) { count, id in
                try delete.execute(arguments: [id] + moments)
                return count + db.changesCount
            }
        }
    }
}
