import Identity

extension SQLStore {
    public func use(
        _ challenge: UsedChallenge?, isKnown: Bool, events: [AuditEvent], on server: StoreServer?
    ) throws(StoreError) {
        try write { transaction in
            transaction.leavesPrincipals()
            try transaction.require(server)
            if let challenge { try transaction.insert(challenge, isKept: isKnown) }
            for event in events { try transaction.record(event) }
        }
    }
}

extension UsedChallenge {
    /// A row with the digest of no challenge. It stands beside this one, mostly on the same page of the table.
    fileprivate var neighbor: UsedChallenge { with(1, at: digest.count - 1) }
    /// A row with the digest of no challenge, mostly on another page.
    fileprivate var stranger: UsedChallenge { with(0x80, at: 0) }

    private func with(_ bit: UInt8, at index: Int) -> UsedChallenge {
        var digest = digest
        digest[index] ^= bit
        return UsedChallenge(digest: digest, expiresAt: expiresAt)
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
    /// - Returns: `false` if a part does not hold any more. Then the transaction has to be undone.
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

    /// Remembers that a challenge was answered, or does as much work and leaves nothing: of the two rows that are added
    /// the first one stays, or none does. Where the challenge was answered before and its row is there, the second one
    /// comes and goes all the same. The row of the challenge itself is never removed, or whoever answers it once more
    /// by an unknown passkey would make it good again.
    ///
    /// The entry of the audit log for a known passkey stands in one index more, that of accounts. So for an unknown one
    /// another page of this table is written: with 20,000 rows of each, SQLite then took 2 microseconds more for a
    /// known one, of some 400 for the whole answer; 6 more with the same row for both, 12 with one on the same page.
    fileprivate func insert(_ challenge: UsedChallenge, isKept: Bool) throws {
        let (other, neighbor) = (challenge.stranger, challenge.neighbor)
        try insert(isKept ? challenge : other)
        try insert(neighbor)
        try run("DELETE FROM used_challenge WHERE digest IN ($1, $2)", other.digest, neighbor.digest)
    }

    /// Remembers that a challenge was answered: no row is added if it was answered before.
    @discardableResult
    fileprivate func insert(_ challenge: UsedChallenge) throws -> SQLResult<Int> {
        try run(
            "INSERT INTO used_challenge (digest, expires_at) VALUES ($1, $2) ON CONFLICT (digest) DO NOTHING",
            challenge.digest, challenge.expiresAt)
    }
}
