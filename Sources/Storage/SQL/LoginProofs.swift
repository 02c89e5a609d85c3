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

    /// Checks a proof against the account as it is now, renews what the proof renews, and notes what it uses up.
    ///
    /// - Precondition: the account is locked. If the proof does not hold, the transaction is undone.
    /// - Parameter factors: the second factors of the account; `nil` if there is a second step.
    func accept(
        _ proof: LoginProof, of account: Account, passwordHash: String?, factors: SQLResult<AuthenticationMethods>?,
        at now: Timestamp
    ) throws -> Bool {
        switch proof.first {
        case .password(let verified, let renewed):
            guard passwordHash == verified, try factors?.value.isEmpty != false else { return false }
            if let renewed { try run("UPDATE account SET password_hash = $1 WHERE id = $2", renewed, account.id) }
        case .pending(let login):
            let sql = "DELETE FROM pending_login WHERE id = $1 AND account_id = $2 AND expires_at > $3"
            guard proof.second != .none, try run(sql, login, account.id, now).value == 1 else { return false }
        case .passkey(let challenge):
            guard case .factor(let use) = proof.second, use.method == .passkey, account.provider == .credentials,
                try insert(challenge).value == 1
            else { return false }
        }
        switch proof.second {
        case .none: return true
        case .factor(let use): return try apply(use, of: account.id, at: now)
        case .device(let tokenHash):
            let sql = """
                UPDATE trusted_device SET last_used_at = $1
                WHERE token_hash = $2 AND account_id = $3 AND expires_at > $1
                """
            return try run(sql, now, tokenHash, account.id).value == 1
        }
    }

    /// Remembers that a challenge was answered: no row is added if it was answered before.
    @discardableResult
    fileprivate func insert(_ challenge: UsedChallenge) throws -> SQLResult<Int> {
        try run(
            "INSERT INTO used_challenge (digest, expires_at) VALUES ($1, $2) ON CONFLICT (digest) DO NOTHING",
            challenge.digest, challenge.expiresAt)
    }
}
