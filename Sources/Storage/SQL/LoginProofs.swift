import Identity

extension SQLStore {
    public func use(
        _ challenge: UsedChallenge?, events: [AuditEvent], on server: StoreServer?
    ) throws(StoreError) {
        try write { transaction in
            transaction.leavesPrincipals()
            try transaction.require(server)
            if let challenge { try transaction.insert(challenge) }
            for event in events { try transaction.record(event) }
        }
    }
}

extension SQLTransaction {
    /// The second factors of an account.
    func methods(of account: Identifier<Account>) throws -> SQLResult<AuthenticationMethods> {
        try first("SELECT factors FROM account WHERE id = $1", account) { try $0.methods(0) }.map { $0 ?? [] }
    }

    /// Uses up the parts of a proof that work once, and notes the use of the others. All go to the engine with the
    /// statements before them: reading each by itself took a round trip more.
    ///
    /// - Precondition: the account is locked.
    /// - Returns: `false` where a part does not hold any more. Then the transaction has to be undone.
    func use(
        _ proof: LoginProof, of account: Identifier<Account>, at now: Timestamp
    ) throws -> SQLResult<Bool> {
        var uses: [SQLResult<Bool>] = []
        switch proof.first {
        case .password: break
        case .pending(let login):
            guard proof.second != .none else { return SQLResult(false) }
            let sql = "DELETE FROM pending_login WHERE id = $1 AND account_id = $2 AND expires_at > $3"
            uses.append(try run(sql, login, account, now).map { $0 == 1 })
        case .passkey(let challenge):
            guard case .factor(let use) = proof.second, use.method == .passkey else { return SQLResult(false) }
            uses.append(try insert(challenge).map { $0 == 1 })
        }
        switch proof.second {
        case .none: return SQLResult(true)
        case .factor(let use): uses.append(try apply(use, of: account, at: now))
        case .device(let tokenHash):
            let sql = """
                UPDATE trusted_device SET last_used_at = $1
                WHERE token_hash = $2 AND account_id = $3 AND expires_at > $1
                """
            uses.append(try run(sql, now, tokenHash, account).map { $0 == 1 })
        }
        return .pending { [uses] in try uses.allSatisfy { try $0.value } }
    }

    /// Checks the first step of a proof against the account as it is now, and renews what it renews.
    ///
    /// - Precondition: the account is locked. Where the step does not hold, the transaction is undone.
    /// - Parameter factors: the second factors of the account; `nil` where there is a second step.
    func accept(
        _ first: LoginProof.First, of account: Account, passwordHash: String?,
        factors: SQLResult<AuthenticationMethods>?
    ) throws -> Bool {
        switch first {
        case .password(let verified, let renewed):
            guard passwordHash == verified, try factors?.value.isEmpty != false else { return false }
            if let renewed { try run("UPDATE account SET password_hash = $1 WHERE id = $2", renewed, account.id) }
            return true
        case .pending: return true
        case .passkey: return account.provider == .credentials
        }
    }

    /// Remembers that a challenge was answered: no row is added where it was answered before.
    @discardableResult
    fileprivate func insert(_ challenge: UsedChallenge) throws -> SQLResult<Int> {
        try run(
            "INSERT INTO used_challenge (digest, expires_at) VALUES ($1, $2) ON CONFLICT (digest) DO NOTHING",
            challenge.digest, challenge.expiresAt)
    }
}
