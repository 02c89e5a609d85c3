extension AuthenticationService {
    /// Begins a session, with which a login ends.
    ///
    /// - Parameters:
    ///   - replaced: the browser's previous session, which it ends; `nil` for none.
    ///   - device: the trusted device that stood in for the second step; `nil` for none.
    ///   - trustsDevice: whether the browser is to be trusted from now on, if the installation trusts any.
    /// - Returns: `nil` if the account is no longer active, or the proof no longer holds.
    /// - Throws: `.store`, `.cryptography`.
    func begin(
        _ proof: LoginProof, of account: Identifier<Account>, replacing replaced: ReplacedSession?,
        device: Identifier<TrustedDevice>? = nil, trustsDevice: Bool = false, attempt: ThrottleReservation,
        by caller: Caller
    ) throws(AuthenticationError) -> Login? {
        let token = try newToken(.session)
        let session = try newSession(of: account, proof, token: token, by: caller)
        let trusted = trustsDevice ? try newDevice(of: account, by: caller) : nil
        let begun = try withStore { store throws(StoreError) in
            try store.begin(
                session, proof: proof, replaced: replaced, attempt: attempt, trusting: trusted?.device
            ) { account in
                try events(of: session, proof, of: account, device: device, trusting: trusted?.device, by: caller)
            }
        }
        return begun.map { Login(account: $0, token: token, session: session, device: trusted?.token) }
    }

    /// The entries of the audit log for a login: the session, the factor that was used up, and the browser that is
    /// trusted from now on.
    private func events(
        of session: Session, _ proof: LoginProof, of account: Account, device: Identifier<TrustedDevice>?,
        trusting trusted: TrustedDevice?, by caller: Caller
    ) throws(AuthenticationError) -> [AuditEvent] {
        // A login without an API token goes into the log of the account's own organization.
        let organization = caller.organization ?? account.users.first?.organization
        var details: [String: String] = [:]
        if case .passkey = proof.first { details["password"] = "none" }
        switch proof.second {
        case .none: break
        case .factor(let use): details["factor"] = use.method.rawValue
        case .device:
            details["factor"] = "trusted_device"
            details["device"] = device.map { "\($0)" }
        }
        var events = [
            try event(
                .loginSucceeded, by: caller, account: account.id, target: "\(session.id)", organization: organization,
                details: details)
        ]
        if case .factor(let use) = proof.second {
            events.append(
                try event(
                    use.method == .recoveryCode ? .recoveryCodeUsed : .factorUsed, by: caller, account: account.id,
                    target: use.factor.map { "\($0)" }, organization: organization,
                    details: ["method": use.method.rawValue]))
        }
        if let trusted {
            events.append(
                try event(
                    .deviceTrusted, by: caller, account: account.id, target: "\(trusted.id)",
                    organization: organization))
        }
        return events
    }

    private func newSession(
        of account: Identifier<Account>, _ proof: LoginProof, token: BearerToken, by caller: Caller
    ) throws(AuthenticationError) -> Session {
        let now = clock.now()
        return Session(
            id: try newIdentifier(), tokenHash: token.hash, account: account, createdAt: now, lastSeen: now,
            expiresAt: now + sessionLifetime, address: caller.address,
            userAgent: String(caller.userAgent.unicodeScalars.prefix(256)),
            authentication: proof.authentication(at: now))
    }
}
