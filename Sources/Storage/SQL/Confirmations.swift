import Identity

extension SQLStore {
    public func confirm(
        _ session: ConfirmedSession, proof: ConfirmationProof, attempt: ThrottleReservation, at now: Timestamp,
        event: AuditEvent
    ) throws(StoreError) -> ConfirmationOutcome {
        try transaction { transaction in
            try transaction.require(attempt.server)
            try transaction.lock(.account(.id(session.account)))
            let found = try transaction.account(.id(session.account))
            let factors = try transaction.methods(of: session.account)
            // Written before the proof is checked, which undoes it if it does not hold.
            try transaction.lock(.credential)
            let renewed = try transaction.renew(session, by: proof, at: now)
            let isUsed: SQLResult<Bool>? =
                if case .factor(let use) = proof { try transaction.apply(use, of: session.account, at: now) } else {
                    nil
                }
            try transaction.lock(.throttle(attempt.keys))
            let counters = try transaction.counters(attempt.keys)
            guard let (account, passwordHash) = try found.value, account.state == .active,
                let authentication = try renewed.value
            else { return .rollback(.gone) }
            switch proof {
            case .password(let verified):
                let hasFactor = try !factors.value.isDisjoint(with: [.totp, .passkey])
                guard passwordHash == verified, !hasFactor else { return .rollback(.refused) }
            case .factor:
                guard try isUsed?.value == true else { return .rollback(.refused) }
            }
            try transaction.store(attempt.releasing(try counters.value, succeeded: true, at: now))
            try transaction.run(
                "INSERT INTO rotated_token (token_hash, session_id) VALUES ($1, $2)", session.present, session.session)
            try transaction.record(event)
            return .commit(.confirmed(authentication))
        }
    }

    public func isRotated(_ tokenHash: TokenHash) throws(StoreError) -> Bool {
        try read { transaction in
            try transaction.first("SELECT 1 FROM rotated_token WHERE token_hash = $1", tokenHash) { _ in true }.value
                != nil
        }
    }
}

extension SQLTransaction {
    /// Gives a session its new token, unless it has another one by now than the one that was sent.
    ///
    /// - Returns: the proofs on which it rests; `nil` if nothing was changed.
    fileprivate func renew(
        _ session: ConfirmedSession, by proof: ConfirmationProof, at now: Timestamp
    ) throws -> SQLResult<SessionAuthentication?> {
        let factorProved: Timestamp? = if case .factor = proof { now } else { nil }
        return try first(
            """
            UPDATE session SET token_hash = $1, methods = methods | $2, authenticated_at = $3,
                second_factor_at = coalesce($4, second_factor_at)
            WHERE id = $5 AND account_id = $6 AND token_hash = $7
            RETURNING methods, authenticated_at, second_factor_at
            """, session.renewed, proof.method, now, factorProved, session.session, session.account, session.present
        ) { row in
            SessionAuthentication(
                methods: try row.methods(0), authenticatedAt: try row.moment(1), secondFactorAt: row.optionalMoment(2))
        }
    }
}
