import Identity

extension SQLStore {
    public func beginLogin(
        _ login: PendingLogin, verified: String, renewed: String?, attempt: ThrottleReservation
    ) throws(StoreError) -> PendingLogin.Beginning {
        try transaction { transaction in
            transaction.leavesPrincipals()
            try transaction.require(attempt.server)
            try transaction.lock(.account(.id(login.account)))
            let found = try transaction.firstStep(of: login.account)
            try transaction.lock(.throttle(attempt.keys))
            let counters = try transaction.counters(attempt.keys)
            guard let account = try found.value, account.isActive, account.passwordHash == verified else {
                return .rollback(.refused)
            }
            guard !account.factors.isEmpty else { return .rollback(.needsNone) }
            if let renewed {
                try transaction.run("UPDATE account SET password_hash = $1 WHERE id = $2", renewed, login.account)
            }
            try transaction.store(attempt.releasing(try counters.value, succeeded: false, at: login.createdAt))
            try transaction.makeRoom(for: login)
            try transaction.insert(login)
            return .commit(.waits(account.factors, last: account.last))
        }
    }

    public func pendingLogin(_ tokenHash: TokenHash) throws(StoreError) -> PendingLogin? {
        try read { transaction in
            try transaction.first(
                "SELECT \(PendingLoginRow.columns) FROM pending_login WHERE token_hash = $1", tokenHash
            ) { try PendingLoginRow.login($0) }.value
        }
    }

    public func setChallenge(_ challenge: [UInt8], of login: Identifier<PendingLogin>) throws(StoreError) -> Bool {
        try write { transaction in
            transaction.leavesPrincipals()
            try transaction.lock(.credential)
            return try transaction.run("UPDATE pending_login SET challenge = $1 WHERE id = $2", challenge, login)
                .value == 1
        }
    }

    public func takeAnswer(
        of login: Identifier<PendingLogin>, at now: Timestamp
    ) throws(StoreError) -> PendingLogin? {
        let sql = """
            UPDATE pending_login SET failures = failures + 1
            WHERE id = $1 AND failures < \(PendingLogin.mostFailures) AND expires_at > $2
            RETURNING \(PendingLoginRow.columns)
            """
        return try write { transaction in
            transaction.leavesPrincipals()
            try transaction.lock(.credential)
            // The first one locks the row, so that only one of several answers finds the challenge.
            let taken = try transaction.all(sql, login, now) { try PendingLoginRow.login($0) }
            try transaction.run("UPDATE pending_login SET challenge = NULL WHERE id = $1", login)
            return try taken.value.first
        }
    }
}

/// The row of a login that waits.
private enum PendingLoginRow {
    static let columns =
        "id, token_hash, account_id, api_token_id, network, challenge, failures, created_at, expires_at"

    static func login(_ row: some SQLRow) throws -> PendingLogin {
        PendingLogin(
            id: try row.id(0), tokenHash: try row.tokenHash(1), account: try row.id(2), program: row.optionalID(3),
            network: try row.string(4), challenge: try row.bytes(5), failures: Int(try row.number(6)),
            createdAt: try row.moment(7), expiresAt: try row.moment(8))
    }
}

extension SQLTransaction {
    /// The values on which the first step of a login depends.
    fileprivate func firstStep(of account: Identifier<Account>) throws -> SQLResult<AccountAtFirstStep?> {
        let sql = "SELECT state, password_hash, factors, last_factor FROM account WHERE id = $1"
        return try first(sql, account) { row in
            AccountAtFirstStep(
                isActive: try row.state(0, of: "\(account)") == .active, passwordHash: try row.text(1),
                factors: try row.methods(2), last: try row.methods(3))
        }
    }

    /// Removes the logins of the same account and network that are over, and the oldest of too many.
    fileprivate func makeRoom(for login: PendingLogin) throws {
        try run(
            """
            DELETE FROM pending_login WHERE account_id = $1 AND network = $2 AND (expires_at <= $3 OR id NOT IN (
                SELECT id FROM pending_login WHERE account_id = $1 AND network = $2 AND expires_at > $3
                ORDER BY created_at DESC, id DESC LIMIT \(PendingLogin.most - 1)))
            """, login.account, login.network, login.createdAt)
    }

    fileprivate func insert(_ login: PendingLogin) throws {
        try run(
            """
            INSERT INTO pending_login (id, token_hash, account_id, api_token_id, network, challenge, failures,
                created_at, expires_at)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
            """, login.id, login.tokenHash, login.account, login.program, login.network, login.challenge,
            login.failures, login.createdAt, login.expiresAt)
    }
}

/// The values of an account on which the first step of a login depends.
private struct AccountAtFirstStep {
    let isActive: Bool
    let passwordHash: String?
    let factors, last: AuthenticationMethods
}
