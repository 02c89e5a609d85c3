import Identity

extension SQLStore {
    public func put(_ ceremony: Ceremony, of session: Identifier<Session>) throws(StoreError) -> Bool {
        try write { transaction in
            transaction.leavesPrincipals()
            try transaction.lock(.credential)
            let isThere = try transaction.first(
                "SELECT 1 FROM session WHERE id = $1 \(Transaction.Dialect.forShare)", session
            ) { _ in true }
            guard try isThere.value != nil else { return false }
            try transaction.run(
                """
                INSERT INTO ceremony (session_id, purpose, challenge, usage, expires_at) VALUES ($1, $2, $3, $4, $5)
                ON CONFLICT (session_id, purpose) DO UPDATE SET challenge = excluded.challenge,
                    usage = excluded.usage, expires_at = excluded.expires_at
                """, session, ceremony.purpose.rawValue, ceremony.challenge, ceremony.usage?.rawValue,
                ceremony.expiresAt)
            return true
        }
    }

    public func takeCeremony(
        _ purpose: Ceremony.Purpose, of session: Identifier<Session>
    ) throws(StoreError) -> Ceremony? {
        try write { transaction in
            transaction.leavesPrincipals()
            let sql = """
                DELETE FROM ceremony WHERE session_id = $1 AND purpose = $2 RETURNING challenge, usage, expires_at
                """
            return try transaction.all(sql, session, purpose.rawValue) { row in
                Ceremony(
                    purpose: purpose, challenge: try row.blob(0),
                    usage: try row.text(1).flatMap { WebAuthn.Usage(rawValue: $0) }, expiresAt: try row.moment(2))
            }.value.first
        }
    }

    public func pruneSecondFactors(at now: Timestamp, limit: Int) throws(StoreError) -> Int {
        let expired = ExpiringTable.allCases.map { table in
            (table, condition: "FROM \(table.rawValue) WHERE expires_at <= $1", moment: now + -table.keptFor)
        }
        let needed = try read { transaction in
            try expired.map { table, condition, moment in
                try transaction.first("SELECT 1 \(condition) LIMIT 1", moment) { _ in true }
            }.values()
        }
        var most = 0
        for (index, (table, condition, moment)) in expired.enumerated() where needed[index] != nil {
            let unlocked = Transaction.Dialect.skippingLocked
            let count = try write { transaction in
                transaction.leavesPrincipals()
                return try transaction.run(
                    """
                    DELETE FROM \(table.rawValue) WHERE \(table.key) IN (
                        SELECT \(table.columns) \(condition) LIMIT $2 \(unlocked))
                    """, moment, limit
                ).value
            }
            most = max(most, count)
        }
        return most
    }
}

/// The tables of second factors whose rows expire.
private enum ExpiringTable: String, CaseIterable {
    /// Of generators those that nobody has confirmed: no others have a moment at which they expire.
    case factor
    case ceremony
    case pendingLogin = "pending_login"
    case trustedDevice = "trusted_device"
    case usedChallenge = "used_challenge"

    /// The primary key.
    var columns: String {
        switch self {
        case .factor, .pendingLogin, .trustedDevice: "id"
        case .ceremony: "session_id, purpose"
        case .usedChallenge: "digest"
        }
    }

    /// The primary key as it is compared.
    var key: String { self == .ceremony ? "(\(columns))" : columns }

    /// The seconds for which a row is kept beyond its end: a used challenge for a day, so that a clock that is set back
    /// brings none back.
    var keptFor: Int64 { self == .usedChallenge ? 86400 : 0 }
}
