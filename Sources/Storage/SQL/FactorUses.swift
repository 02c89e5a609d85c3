import Identity

extension SQLStore {
    public func factorMaterial(of account: Identifier<Account>) throws(StoreError) -> FactorMaterial? {
        try readSnapshot { try $0.factorMaterial(of: account) }
    }

    public func registeredKey(credential id: [UInt8]) throws(StoreError) -> RegisteredKey? {
        // Identifiers are random, so the next one is as good as drawn.
        let sql = """
            SELECT account_id, kind FROM factor WHERE credential_id = coalesce(
                (SELECT credential_id FROM factor WHERE credential_id >= $1 ORDER BY credential_id LIMIT 1),
                (SELECT credential_id FROM factor WHERE credential_id IS NOT NULL ORDER BY credential_id LIMIT 1))
            """
        let owner = try read { transaction in
            try transaction.first(sql, id) { (account: try $0.id(0) as Identifier<Account>, kind: try $0.string(1)) }
                .value
        }
        guard let (owner, kind) = owner else { return nil }
        return try readSnapshot { transaction in
            let found = try transaction.account(.id(owner))
            let material = try transaction.factorMaterial(of: owner)
            return .pending {
                // A security key is for use behind a password, whatever it can do.
                guard let account = try found.value?.account, kind == Factor.Kind.passkey.rawValue,
                    let key = try material.value?.keys.first(where: { $0.credential.id == id })
                else { return nil }
                return RegisteredKey(account: account, key: key)
            }
        }
    }
}

extension SQLTransaction {
    /// The values against which the second factors of an account are checked; `nil` if there is no account. One round
    /// trip.
    func factorMaterial(of account: Identifier<Account>) throws -> SQLResult<FactorMaterial?> {
        let owner = try first("SELECT user_handle, last_factor FROM account WHERE id = $1", account) { row in
            (handle: try row.bytes(0), last: try row.methods(1))
        }
        let generators = try all(
            """
            SELECT id, sealed, last_step FROM factor
            WHERE account_id = $1 AND kind = 'totp' AND expires_at IS NULL ORDER BY created_at, id
            """, account
        ) { row in
            FactorMaterial.Generator(id: try row.id(0), sealed: try row.bytes(1) ?? [], lastStep: row.integer(2))
        }
        let keys = try all(
            """
            SELECT id, credential_id, public_key, signature_count, transports, backup_eligible FROM factor
            WHERE account_id = $1 AND kind <> 'totp' ORDER BY created_at, id
            """, account
        ) { try StoredKey($0) }
        let codes = try all("SELECT digest FROM recovery_code WHERE account_id = $1", account) { try $0.bytes(0) ?? [] }
        return .pending {
            guard let owner = try owner.value else { return nil }
            let handle = owner.handle.flatMap { WebAuthn.UserHandle(stored: $0) }
            return FactorMaterial(
                account: account, generators: try generators.value,
                keys: try keys.value.compactMap { key in handle.map { key.material($0) } },
                recoveryCodes: try codes.value, lastMethod: owner.last)
        }
    }

    /// Notes the use of a second factor.
    ///
    /// - Precondition: the account is locked.
    /// - Returns: `false` if the code or factor is gone or was used meanwhile. Then the transaction has to be undone.
    func apply(
        _ use: FactorUse, of account: Identifier<Account>, at now: Timestamp
    ) throws -> SQLResult<Bool> {
        let changed: SQLResult<Int> =
            switch use.trace {
            case .totp(let factor, let step):
                try run(
                    """
                    UPDATE factor SET last_step = $1, last_used_at = $2
                    WHERE id = $3 AND account_id = $4 AND expires_at IS NULL AND (last_step IS NULL OR last_step < $1)
                    """, step, now, factor, account)
            case .recoveryCode(let digest):
                try run("DELETE FROM recovery_code WHERE account_id = $1 AND digest = $2", account, digest)
            case .assertion(let factor, let assertion):
                try run(
                    """
                    UPDATE factor SET signature_count = $1, last_used_at = $2, backed_up = $3
                    WHERE id = $4 AND account_id = $5
                    """, Int64(assertion.signatureCount), now, assertion.isBackedUp, factor, account)
            }
        try run("UPDATE account SET last_factor = $1 WHERE id = $2", use.method.asSet, account)
        if case .recoveryCode = use.trace { try noteFactors(of: account) }
        return try changed.map { $0 == 1 }
    }

    /// Writes down in the row of an account which methods it has, after a change of its factors or recovery codes. It
    /// changes what principals are read from.
    func noteFactors(of account: Identifier<Account>) throws {
        try run(
            """
            UPDATE account SET factors =
                CASE WHEN EXISTS (SELECT 1 FROM factor
                    WHERE account_id = $1 AND kind = 'totp' AND expires_at IS NULL) THEN 2 ELSE 0 END
                + CASE WHEN EXISTS (SELECT 1 FROM factor
                    WHERE account_id = $1 AND kind <> 'totp') THEN 4 ELSE 0 END
                + CASE WHEN EXISTS (SELECT 1 FROM recovery_code WHERE account_id = $1) THEN 8 ELSE 0 END
            WHERE id = $1
            """, account)
    }
}

/// A passkey or security key as its row has it, without the handle of its account.
private struct StoredKey {
    let id: Identifier<Factor>
    let credentialID: [UInt8]
    let publicKey: [UInt8]
    let signatureCount: UInt32
    let transports: [String]
    let isBackupEligible: Bool

    init(_ row: some SQLRow) throws {
        id = try row.id(0)
        guard let credentialID = try row.bytes(1), let publicKey = try row.bytes(2),
            let count = UInt32(exactly: try row.number(3))
        else { throw StoreError(.damaged, "\(id) is not a whole passkey") }
        self.credentialID = credentialID
        self.publicKey = publicKey
        signatureCount = count
        transports = try row.text(4)?.split(separator: " ").map(String.init) ?? []
        isBackupEligible = try row.flag(5)
    }

    func material(_ handle: WebAuthn.UserHandle) -> FactorMaterial.Key {
        FactorMaterial.Key(
            id: id,
            credential: WebAuthn.StoredCredential(
                id: credentialID, publicKey: publicKey, signatureCount: signatureCount, userHandle: handle),
            transports: transports, isBackupEligible: isBackupEligible)
    }
}
