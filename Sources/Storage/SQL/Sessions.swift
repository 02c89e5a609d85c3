import Identity

extension SQLStore {
    public func begin(
        _ session: Session, proof: LoginProof, replaced: ReplacedSession?, attempt: ThrottleReservation,
        trusting device: TrustedDevice?, events: (Account) throws -> [AuditEvent]
    ) throws(StoreError) -> Account? {
        try transaction { transaction in
            let leavesPrincipals = !proof.usesRecoveryCode
            if replaced == nil, leavesPrincipals { transaction.leavesPrincipals() }
            try transaction.require(attempt.server)
            try transaction.lock(.account(.id(session.account)))
            let found = try transaction.account(.id(session.account))
            let factors = try proof.second == .none ? transaction.methods(of: session.account) : nil
            // Written before the proof is checked, which undoes it if it does not hold.
            try transaction.lock(.credential)
            let ended = try replaced.map { try transaction.remove($0) }
            let isUsed = try transaction.use(proof, of: session.account, at: session.createdAt)
            try transaction.lock(.throttle(attempt.keys))
            let counters = try transaction.counters(attempt.keys)
            guard let (account, passwordHash) = try found.value, account.state == .active, try isUsed.value,
                try transaction.accept(proof.first, of: account, passwordHash: passwordHash, factors: factors)
            else { return .rollback(nil) }
            try transaction.store(attempt.releasing(try counters.value, succeeded: true, at: session.createdAt))
            let gone = try ended?.value ?? []
            // Nobody loses a right by it if the browser's previous session was not there.
            if gone.isEmpty, leavesPrincipals { transaction.leavesPrincipals() }
            for (session, account) in gone {
                if let replaced { try transaction.record(try replaced.event(session, account)) }
            }
            try transaction.insert(session)
            if let device { try transaction.insert(device) }
            for event in try events(account) { try transaction.record(event) }
            return .commit(account)
        }
    }

    public func sessions(
        of account: Identifier<Account>, at now: Timestamp, idleSince: Timestamp, _ page: PageRequest
    ) throws(StoreError) -> Page<Session> {
        try readList(page, .sessions(of: account, at: now, idleSince: idleSince)) { transaction, id in
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
            ) { try $0.id(0) }
        }
    }

    public func sessions(_ ids: [Identifier<Session>]) throws(StoreError) -> [Session] {
        try readSnapshot { transaction in
            let found = try ids.map { try transaction.session($0) }
            return .pending { try found.values().compactMap(\.self) }
        }
    }

    public func sessionCount() throws(StoreError) -> Int {
        // Without a condition: that counts the entries of the smallest index, a page at a time.
        try read { try $0.count("SELECT count(*) FROM session").value.rows }
    }

    public func endSessions(
        _ sessions: SessionSelection, of account: Identifier<Account>, event: (CredentialID) throws -> AuditEvent
    ) throws(StoreError) -> Int {
        try write { transaction in
            try transaction.lock(.account(.id(account)))
            try transaction.lock(.credential)
            let ended = try transaction.removeSessions(sessions, of: account).value
            for id in ended { try transaction.record(try event(.session(id))) }
            return ended.count
        }
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
            try transaction.lock(.credential)
            let isUnlocked = Transaction.Dialect.unlocked("session", "\(condition) AND id = $4")
            let removals = try found.map { id in
                try transaction.run("DELETE FROM session WHERE \(isUnlocked)", now, idleSince, future, id)
            }
            return try removals.values().reduce(0, +)
        }
    }
}

extension Keyset {
    fileprivate static func sessions(
        of account: Identifier<Account>, at now: Timestamp, idleSince: Timestamp
    ) -> Keyset {
        Keyset(
            table: "session", index: "session_account", prefix: [.one("account_id", "\(account)")],
            filters: isValid(at: now, idleSince: idleSince), keys: ("created_at", "id"))
    }

    /// The conditions of a session that still counts.
    fileprivate static func isValid(at now: Timestamp, idleSince: Timestamp) -> [SQLFragment] {
        ["expires_at > \(now)", "last_seen > \(idleSince)", "created_at <= \(now + WallClock.tolerance)"]
    }
}

extension SQLTransaction {
    fileprivate func session(_ id: Identifier<Session>) throws -> SQLResult<Session?> {
        let sql = """
            SELECT token_hash, account_id, created_at, last_seen, expires_at, address, user_agent, methods,
                coalesce(authenticated_at, created_at), second_factor_at
            FROM session WHERE id = $1
            """
        return try first(sql, id) { row in
            Session(
                id: id, tokenHash: try row.tokenHash(0), account: try row.id(1), createdAt: try row.moment(2),
                lastSeen: try row.moment(3), expiresAt: try row.moment(4), address: try row.string(5),
                userAgent: try row.string(6),
                authentication: SessionAuthentication(
                    methods: try row.methods(7), authenticatedAt: try row.moment(8),
                    secondFactorAt: row.optionalMoment(9)))
        }
    }

    fileprivate func insert(_ session: Session) throws {
        try run(
            """
            INSERT INTO session (id, token_hash, account_id, created_at, last_seen, expires_at, address, user_agent,
                methods, authenticated_at, second_factor_at)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
            """, session.id, session.tokenHash, session.account, session.createdAt, session.lastSeen,
            session.expiresAt, session.address, session.userAgent, session.authentication.methods,
            session.authentication.authenticatedAt, session.authentication.secondFactorAt)
    }

    fileprivate func remove(
        _ replaced: ReplacedSession
    ) throws -> SQLResult<[(Identifier<Session>, Identifier<Account>)]> {
        try all("DELETE FROM session WHERE token_hash = $1 RETURNING id, account_id", replaced.tokenHash) { row in
            (try row.id(0), try row.id(1))
        }
    }

    /// Removes sessions; each has to get its entry in the audit log.
    func removeSessions(
        _ sessions: SessionSelection, of account: Identifier<Account>
    ) throws -> SQLResult<[Identifier<Session>]> {
        let condition: SQLFragment =
            switch sessions {
            case .all: "account_id = \(account)"
            case .one(let id): "account_id = \(account) AND id = \(id)"
            case .allBut(let id): "account_id = \(account) AND id <> \(id)"
            }
        return try rows(of: "DELETE FROM session WHERE \(condition) RETURNING id") { try $0.id(0) }
    }
}
