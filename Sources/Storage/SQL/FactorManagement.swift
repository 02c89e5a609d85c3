import Cryptography
import Identity

extension SQLStore {
    public func factors(of account: Identifier<Account>) throws(StoreError) -> AccountFactors? {
        try readSnapshot { try $0.factors(of: account) }
    }

    public func unconfirmedGenerator(
        _ id: Identifier<Factor>, of account: Identifier<Account>, at now: Timestamp
    ) throws(StoreError) -> FactorMaterial.Generator? {
        try read { transaction in
            try transaction.first(
                """
                SELECT sealed, last_step FROM factor
                WHERE id = $1 AND account_id = $2 AND kind = 'totp' AND expires_at > $3
                """, id, account, now
            ) { FactorMaterial.Generator(id: id, sealed: try $0.blob(0), lastStep: $0.integer(1)) }.value
        }
    }

    public func changeFactors(
        of account: Identifier<Account>, by session: Identifier<Session>?,
        _ rule: (AccountFactors) throws -> FactorEdit?
    ) throws(StoreError) -> FactorEdit.Outcome {
        try transaction { transaction in
            try transaction.lock(.account(.id(account)))
            let found = try transaction.factors(of: account)
            try transaction.lock(.credential)
            let isThere = try session.map { try transaction.exists($0, of: account) }
            guard let present = try found.value, try isThere?.value != false else { return .rollback(.notFound) }
            guard let edit = try rule(present) else { return .rollback(.unchanged) }
            let done = try edit.change.map { try transaction.apply($0, to: account) }
            let ended = try edit.endedSessions.map { try transaction.removeSessions($0, of: account) }
            if let proof = edit.proof, let session { try transaction.note(proof, in: session) }
            if edit.endsLogins { try transaction.endLogins(of: account) }
            if let codes = edit.recoveryCodes { try transaction.replaceRecoveryCodes(of: account, by: codes) }
            try transaction.noteFactors(of: account)
            let isRetired = try edit.sealingKey.map { try transaction.isRetired($0) }
            guard try done?.value != 0 else { return .rollback(edit.failure) }
            if try isRetired?.value == true { return .rollback(.keyRetired) }
            for id in try ended?.value ?? [] { try transaction.record(try edit.ending(.session(id))) }
            for event in edit.events { try transaction.record(event) }
            return .commit(.changed)
        }
    }

    public func userHandle(
        of account: Identifier<Account>, orElse drawn: WebAuthn.UserHandle
    ) throws(StoreError) -> WebAuthn.UserHandle? {
        if let handle = try read({ try $0.userHandle(of: account).value }) { return handle }
        return try write { transaction in
            try transaction.lock(.account(.id(account)))
            try transaction.run(
                "UPDATE account SET user_handle = $1 WHERE id = $2 AND user_handle IS NULL", drawn.bytes, account)
            return try transaction.userHandle(of: account).value
        }
    }
}

extension FactorEdit {
    /// The key that has sealed what it adds; `nil` if it adds nothing sealed.
    fileprivate var sealingKey: KeyID? {
        if case .addGenerator(let new) = change { new.secret.key } else { nil }
    }

    /// The outcome if its change met no row.
    fileprivate var failure: Outcome {
        if case .addKey = change { .credentialTaken } else { .notFound }
    }
}

extension SQLTransaction {
    fileprivate func factors(of account: Identifier<Account>) throws -> SQLResult<AccountFactors?> {
        let owner = try first("SELECT 1 FROM account WHERE id = $1", account) { _ in true }
        let rows = try all(
            """
            SELECT id, kind, name, created_at, last_used_at, backed_up, expires_at FROM factor
            WHERE account_id = $1 ORDER BY created_at, id
            """, account
        ) { (factor: try $0.factor(of: account), expiresAt: $0.optionalMoment(6)) }
        let codes = try count("SELECT count(*) FROM recovery_code WHERE account_id = \(account)")
        return .pending {
            guard try owner.value != nil else { return nil }
            let rows = try rows.value
            return AccountFactors(
                factors: rows.filter { $0.expiresAt == nil }.map(\.factor),
                unconfirmed: rows.compactMap { row in row.expiresAt.map { .init(row.factor, expiresAt: $0) } },
                recoveryCodesLeft: try codes.value.rows)
        }
    }

    /// Looks for a session, which stays until the transaction ends.
    fileprivate func exists(
        _ session: Identifier<Session>, of account: Identifier<Account>
    ) throws -> SQLResult<Bool> {
        try first(
            "SELECT 1 FROM session WHERE id = $1 AND account_id = $2 \(Dialect.forShare)", session, account
        ) { _ in true }.map { $0 != nil }
    }

    fileprivate func userHandle(of account: Identifier<Account>) throws -> SQLResult<WebAuthn.UserHandle?> {
        try first("SELECT user_handle FROM account WHERE id = $1", account) { row in
            try row.bytes(0).flatMap { WebAuthn.UserHandle(stored: $0) }
        }.map { $0 ?? nil }
    }

    /// Changes a factor.
    ///
    /// - Returns: the number of rows that the change met: one, or none if it can't be made.
    fileprivate func apply(
        _ change: FactorEdit.Change, to account: Identifier<Account>
    ) throws -> SQLResult<Int> {
        switch change {
        case .addGenerator(let new): return try insert(new)
        case .confirm(let id, let step):
            return try run(
                """
                UPDATE factor SET expires_at = NULL, last_step = $1
                WHERE id = $2 AND account_id = $3 AND expires_at IS NOT NULL
                """, step, id, account)
        case .addKey(let factor, let credential): return try insert(factor, credential)
        case .rename(let id, let name):
            return try run(
                "UPDATE factor SET name = $1 WHERE id = $2 AND account_id = $3", name, id, account)
        case .remove(let id):
            return try run("DELETE FROM factor WHERE id = $1 AND account_id = $2", id, account)
        }
    }

    private func insert(_ new: NewGenerator) throws -> SQLResult<Int> {
        let factor = new.factor
        // One set-up at a time: what was begun before is given up.
        if new.expiresAt != nil {
            try run("DELETE FROM factor WHERE account_id = $1 AND expires_at IS NOT NULL", factor.account)
        }
        return try run(
            """
            INSERT INTO factor (id, account_id, kind, name, created_at, expires_at, key_id, sealed)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
            """, factor.id, factor.account, factor.kind.rawValue, factor.name, factor.createdAt, new.expiresAt,
            new.secret.key, new.secret.bytes)
    }

    private func insert(_ factor: Factor, _ credential: WebAuthn.NewCredential) throws -> SQLResult<Int> {
        try run(
            """
            INSERT INTO factor (id, account_id, kind, name, created_at, credential_id, public_key, signature_count,
                transports, aaguid, backup_eligible, backed_up)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12) ON CONFLICT (credential_id) DO NOTHING
            """, factor.id, factor.account, factor.kind.rawValue, factor.name, factor.createdAt, credential.id,
            credential.publicKey, Int64(credential.signatureCount), credential.transports.joined(separator: " "),
            credential.aaguid, credential.isBackupEligible, credential.isBackedUp)
    }

    fileprivate func replaceRecoveryCodes(of account: Identifier<Account>, by digests: [[UInt8]]) throws {
        try run("DELETE FROM recovery_code WHERE account_id = $1", account)
        for digest in digests {
            try run("INSERT INTO recovery_code (account_id, digest) VALUES ($1, $2)", account, digest)
        }
    }

    /// Notes the proof of a second factor that a session has given.
    fileprivate func note(_ proof: FactorEdit.Proof, in session: Identifier<Session>) throws {
        try run(
            "UPDATE session SET methods = methods | $1, second_factor_at = $2 WHERE id = $3", proof.method.asSet,
            proof.time, session)
    }

    /// Removes all second factors of an account, with its recovery codes.
    func removeFactors(of account: Identifier<Account>) throws {
        try run("DELETE FROM factor WHERE account_id = $1", account)
        try run("DELETE FROM recovery_code WHERE account_id = $1", account)
        try noteFactors(of: account)
    }

    /// Ends the logins of an account that wait for a second factor, and its trust in browsers.
    func endLogins(of account: Identifier<Account>) throws {
        try run("DELETE FROM pending_login WHERE account_id = $1", account)
        try run("DELETE FROM trusted_device WHERE account_id = $1", account)
    }
}

extension SQLRow {
    /// The factor of a row.
    fileprivate func factor(of account: Identifier<Account>) throws -> Factor {
        let id: Identifier<Factor> = try id(0)
        let name = try string(1)
        guard let kind = Factor.Kind(rawValue: name) else {
            throw StoreError(.damaged, "factor \(id) has the unknown kind \(name)")
        }
        return Factor(
            id: id, account: account, kind: kind, name: try string(2), createdAt: try moment(3),
            lastUsedAt: optionalMoment(4), isBackedUp: kind == .totp ? nil : try flag(5))
    }
}
