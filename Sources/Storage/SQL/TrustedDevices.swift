import Identity

extension SQLStore {
    public func trustedDevice(
        _ tokenHash: TokenHash, of account: Identifier<Account>, at now: Timestamp
    ) throws(StoreError) -> Identifier<TrustedDevice>? {
        let sql = "SELECT id FROM trusted_device WHERE token_hash = $1 AND account_id = $2 AND expires_at > $3"
        return try read { transaction in
            try transaction.first(sql, tokenHash, account, now) { try $0.id(0) as Identifier<TrustedDevice> }.value
        }
    }

    public func trustedDevices(
        of account: Identifier<Account>, at now: Timestamp, _ page: PageRequest
    ) throws(StoreError) -> Page<TrustedDevice> {
        try readList(page, .trustedDevices(of: account, at: now)) { transaction, id in
            try transaction.trustedDevice(Identifier(column: id))
        }
    }

    public func removeTrustedDevice(
        _ id: Identifier<TrustedDevice>, of account: Identifier<Account>, event: AuditEvent
    ) throws(StoreError) -> Bool {
        let sql = "DELETE FROM trusted_device WHERE id = $1 AND account_id = $2"
        // It takes a right away, although no principal is read from it.
        return try transaction { transaction in
            try transaction.lock(.account(.id(account)))
            guard try transaction.run(sql, id, account).value == 1 else { return .rollback(false) }
            try transaction.record(event)
            return .commit(true)
        }
    }
}

extension Keyset {
    fileprivate static func trustedDevices(of account: Identifier<Account>, at now: Timestamp) -> Keyset {
        Keyset(
            table: "trusted_device", index: "trusted_device_account", prefix: [.one("account_id", "\(account)")],
            filters: ["expires_at > \(now)"], keys: ("created_at", "id"))
    }
}

extension SQLTransaction {
    fileprivate func trustedDevice(_ id: Identifier<TrustedDevice>) throws -> SQLResult<TrustedDevice?> {
        let sql = """
            SELECT token_hash, account_id, created_at, last_used_at, expires_at, address, user_agent
            FROM trusted_device WHERE id = $1
            """
        return try first(sql, id) { row in
            TrustedDevice(
                id: id, tokenHash: try row.tokenHash(0), account: try row.id(1), createdAt: try row.moment(2),
                lastUsedAt: row.optionalMoment(3), expiresAt: try row.moment(4), address: try row.string(5),
                userAgent: try row.string(6))
        }
    }

    /// Adds a device, for which the oldest of too many goes.
    ///
    /// - Precondition: the account is locked.
    func insert(_ device: TrustedDevice) throws {
        try run(
            """
            DELETE FROM trusted_device WHERE account_id = $1 AND (expires_at <= $2 OR id NOT IN (
                SELECT id FROM trusted_device WHERE account_id = $1 AND expires_at > $2
                ORDER BY created_at DESC, id DESC LIMIT \(TrustedDevice.most - 1)))
            """, device.account, device.createdAt)
        try run(
            """
            INSERT INTO trusted_device (id, token_hash, account_id, created_at, last_used_at, expires_at, address,
                user_agent)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
            """, device.id, device.tokenHash, device.account, device.createdAt, device.lastUsedAt, device.expiresAt,
            device.address, device.userAgent)
    }
}
