import Identity

extension SQLStore {
    public func begin(
        _ session: Session, proof: LoginProof, replaced: ReplacedSession?, attempt: ThrottleReservation,
        event: (Account) throws -> AuditEvent
    ) throws(StoreError) -> Account? {
        try write { transaction in
            if replaced == nil { transaction.leavesPrincipals() }
            guard let (account, passwordHash) = try transaction.account(.id(session.account)),
                account.state == .active, try transaction.accept(proof, of: account, passwordHash: passwordHash)
            else { return nil }
            try transaction.release(attempt, at: session.createdAt)
            if let replaced { try transaction.end(replaced) }
            try transaction.insert(session)
            try transaction.record(try event(account))
            return account
        }
    }

    public func sessions(
        of account: Identifier<Account>, at now: Timestamp, idleSince: Timestamp, _ page: PageRequest
    ) throws(StoreError) -> Page<Session> {
        try readList(page) { _ in
            .sessions(of: account, at: now, idleSince: idleSince)
        } row: { transaction, id in
            try transaction.session(Identifier(column: id))
        }
    }

    public func sessionIDs(
        at now: Timestamp, idleSince: Timestamp, limit: Int?
    ) throws(StoreError) -> [Identifier<Session>] {
        let isValid = Keyset.isValid(at: now, idleSince: idleSince).conjunction
        let end: SQLFragment = limit.map { "LIMIT \($0)" } ?? ""
        return try readSnapshot { transaction in
            try transaction.rows(
                of: "SELECT id FROM session WHERE \(isValid) ORDER BY created_at DESC, id DESC \(end)"
            ) { try $0.id(0) }.value
        }
    }

    public func sessions(_ ids: [Identifier<Session>]) throws(StoreError) -> [Session] {
        try readSnapshot { transaction in try ids.compactMap { try transaction.session($0) } }
    }

    public func sessionCount() throws(StoreError) -> Int {
        // Without a condition: that counts the entries of the smallest index, a page at a time.
        try read { try $0.count("SELECT count(*) FROM session").value.rows }
    }

    public func endSessions(
        _ sessions: SessionSelection, of account: Identifier<Account>, event: (CredentialID) throws -> AuditEvent
    ) throws(StoreError) -> Int {
        try write { try $0.endSessions(sessions, of: account, event: event) }
    }

    public func pruneSessions(
        at now: Timestamp, idleSince: Timestamp, future: Timestamp?, limit: Int
    ) throws(StoreError) -> Int {
        // Nothing is greater than NULL.
        let condition = "(expires_at <= $1 OR last_seen <= $2 OR created_at > $3)"
        // Looked for without the lock, since that takes the longest.
        let found: [Int64] = try read { transaction in
            try transaction.all(
                "SELECT id FROM session WHERE \(condition) LIMIT $4", now, idleSince, future, limit
            ) { try $0.number(0) }.value
        }
        guard !found.isEmpty else { return 0 }
        return try write { transaction in
            let removals = try found.map { id in
                try transaction.run("DELETE FROM session WHERE \(condition) AND id = $4", now, idleSince, future, id)
            }
            return try removals.reduce(0) { try $0 + $1.value }
        }
    }
}

extension Keyset {
    fileprivate static func sessions(
        of account: Identifier<Account>, at now: Timestamp, idleSince: Timestamp
    ) -> Keyset {
        Keyset(
            table: "session", index: "session_account", prefix: [.one("account_id", account.argument)],
            filters: isValid(at: now, idleSince: idleSince), keys: ("created_at", "id"))
    }

    /// The conditions of a session that still counts.
    fileprivate static func isValid(at now: Timestamp, idleSince: Timestamp) -> [SQLFragment] {
        ["expires_at > \(now)", "last_seen > \(idleSince)", "created_at <= \(now + WallClock.tolerance)"]
    }
}

extension SQLTransaction {
    fileprivate func session(_ id: Identifier<Session>) throws -> Session? {
        let sql = """
            SELECT token_hash, account_id, created_at, last_seen, expires_at, address, user_agent
            FROM session WHERE id = $1
            """
        return try first(sql, id) { row in
            Session(
                id: id, tokenHash: try row.tokenHash(0), account: try row.id(1), createdAt: try row.moment(2),
                lastSeen: try row.moment(3), expiresAt: try row.moment(4), address: try row.string(5),
                userAgent: try row.string(6))
        }.value
    }

    /// Checks a proof against the account as it is now, and renews what the proof renews.
    fileprivate func accept(_ proof: LoginProof, of account: Account, passwordHash: String?) throws -> Bool {
        switch proof {
        case .password(let verified, let renewed):
            guard passwordHash == verified else { return false }
            if let renewed { try run("UPDATE account SET password_hash = $1 WHERE id = $2", renewed, account.id) }
            return true
        }
    }

    fileprivate func insert(_ session: Session) throws {
        try run(
            """
            INSERT INTO session (id, token_hash, account_id, created_at, last_seen, expires_at, address, user_agent)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
            """, session.id, session.tokenHash, session.account, session.createdAt, session.lastSeen,
            session.expiresAt, session.address, session.userAgent)
    }

    fileprivate func end(_ replaced: ReplacedSession) throws {
        let ended = try all(
            "DELETE FROM session WHERE token_hash = $1 RETURNING id, account_id", replaced.tokenHash
        ) { row in (session: try row.id(0) as Identifier<Session>, account: try row.id(1) as Identifier<Account>) }
        for ended in try ended.value { try record(try replaced.event(ended.session, ended.account)) }
    }

    /// Ends sessions, each with its entry in the audit log.
    @discardableResult
    func endSessions(
        _ sessions: SessionSelection, of account: Identifier<Account>, event: (CredentialID) throws -> AuditEvent
    ) throws -> Int {
        let condition: SQLFragment =
            switch sessions {
            case .all: "account_id = \(account)"
            case .one(let id): "account_id = \(account) AND id = \(id)"
            case .allBut(let id): "account_id = \(account) AND id <> \(id)"
            }
        let ended: [Identifier<Session>] = try rows(of: "DELETE FROM session WHERE \(condition) RETURNING id") { row in
            try row.id(0)
        }.value
        for id in ended { try record(try event(.session(id))) }
        return ended.count
    }
}
