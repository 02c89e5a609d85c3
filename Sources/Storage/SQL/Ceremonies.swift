import Identity

extension SQLStore {
    public func putCeremony(_ ceremony: Ceremony, of session: Identifier<Session>) throws(StoreError) {
        try write { transaction in
            transaction.leavesPrincipals()
            try transaction.run(
                """
                INSERT INTO ceremony (session_id, purpose, challenge, usage, expires_at)
                SELECT id, $1, $2, $3, $4 FROM session WHERE id = $5
                ON CONFLICT (session_id, purpose) DO UPDATE SET challenge = excluded.challenge,
                    usage = excluded.usage, expires_at = excluded.expires_at
                """, ceremony.purpose.rawValue, ceremony.challenge, ceremony.usage?.rawValue, ceremony.expiresAt,
                session)
        }
    }

    public func takeCeremony(
        _ purpose: Ceremony.Purpose, of session: Identifier<Session>, at now: Timestamp
    ) throws(StoreError) -> Ceremony? {
        try write { transaction in
            transaction.leavesPrincipals()
            let taken = try transaction.first(
                """
                DELETE FROM ceremony WHERE session_id = $1 AND purpose = $2
                RETURNING challenge, usage, expires_at
                """, session, purpose.rawValue
            ) { row in
                Ceremony(
                    purpose: purpose, challenge: try row.blob(0),
                    usage: try row.text(1).flatMap { WebAuthn.Usage(rawValue: $0) }, expiresAt: try row.moment(2))
            }
            return try taken.value.flatMap { $0.expiresAt > now ? $0 : nil }
        }
    }
}
