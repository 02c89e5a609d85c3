/// The part of the store for logins: passwords, and the sessions that begin with them.
public protocol LoginStore: Sendable {
    /// The account with this email key and its password hash; `nil` if there is none, or it has no password. All of
    /// these cost the same.
    ///
    /// - Parameter decoySeed: any number; it draws the account that is read in place of an unknown one.
    func passwordLookup(emailKey: String, decoySeed: UInt64) throws(StoreError) -> PasswordCredential?

    /// The kinds of password hashes that there are: of each algorithm with the same parameters one hash as an example,
    /// and the number of accounts with such hashes.
    ///
    /// - Parameter prefix: the beginning of those that are left out, which are mostly almost all: of 100,000 hashes
    ///   looking at each takes a third of a second, and leaving it out a twentieth of that.
    func passwordSchemes(besides prefix: String?) throws(StoreError) -> [(example: String, count: Int)]

    /// Adds a session, with which a login ends.
    ///
    /// - Parameters:
    ///   - session: the session.
    ///   - proof: the proof that the account's holder logs in; it must still hold.
    ///   - replaced: the session that ends by it, if it is there, even another account's.
    ///   - attempt: the reservation made for it, which is given back. The server that counts it has to take the
    ///     session.
    ///   - device: the browser to be trusted from now on; `nil` for none. Of more than `TrustedDevice.most` the oldest
    ///     goes.
    ///   - events: makes the entries for the audit log of a login of the account, at least one.
    /// - Returns: the account; `nil`, and changes nothing, if it is no longer active or the proof no longer holds.
    /// - Throws: also `StoreError.Kind.unavailable` if another server has taken the place of the one that counts the
    ///   attempt: nobody has counted it there, and so it tells nothing about the password.
    func begin(
        _ session: Session, proof: LoginProof, replaced: ReplacedSession?, attempt: ThrottleReservation,
        trusting device: TrustedDevice?, events: (Account) throws -> [AuditEvent]
    ) throws(StoreError) -> Account?

    /// Notes that the challenge of a login by a passkey was answered in vain, so that it does not work again.
    ///
    /// - Parameters:
    ///   - challenge: the challenge; `nil` if the answer had none that counts.
    ///   - isKnown: whether somebody has the passkey. Else the challenge leaves no row, but the same work is done.
    ///   - events: the entries for the audit log.
    ///   - server: the server that counts the attempt (`AuditStore.append`).
    func use(
        _ challenge: UsedChallenge?, isKnown: Bool, events: [AuditEvent], on server: StoreServer?
    ) throws(StoreError)
}

extension LoginStore {
    /// Adds a session, with which a login ends that trusts no device and has one entry in the audit log.
    public func begin(
        _ session: Session, proof: LoginProof, replaced: ReplacedSession?, attempt: ThrottleReservation,
        event: (Account) throws -> AuditEvent
    ) throws(StoreError) -> Account? {
        try begin(session, proof: proof, replaced: replaced, attempt: attempt, trusting: nil) { [try event($0)] }
    }
}

/// The part of the store for sessions.
public protocol SessionStore: Sendable {
    /// The sessions of an account that still count, the oldest first.
    func sessions(
        of account: Identifier<Account>, at now: Timestamp, idleSince: Timestamp, _ page: PageRequest
    ) throws(StoreError) -> Page<Session>

    /// The identifiers of the sessions of all accounts that still count, the newest first.
    ///
    /// No index has this order, which each login would have to maintain: every session is looked at, once.
    func sessionIDs(
        at now: Timestamp, idleSince: Timestamp, limit: Int?
    ) throws(StoreError) -> [Identifier<Session>]

    /// The sessions with these identifiers, in this order, without any that is not there.
    func sessions(_ ids: [Identifier<Session>]) throws(StoreError) -> [Session]

    /// The number of sessions, those included that count no longer and have not been removed yet.
    func sessionCount() throws(StoreError) -> Int

    /// Ends sessions of an account.
    ///
    /// - Parameter event: makes the entry for the audit log of the end of one.
    /// - Returns: the number of sessions.
    @discardableResult
    func endSessions(
        _ sessions: SessionSelection, of account: Identifier<Account>, event: (CredentialID) throws -> AuditEvent
    ) throws(StoreError) -> Int

    /// Removes some sessions that count no longer.
    ///
    /// - Parameters:
    ///   - future: the moment after which a session was made in the future, and is removed too; `nil` for none.
    ///   - limit: the most that are removed at once.
    /// - Returns: the number of sessions.
    func pruneSessions(
        at now: Timestamp, idleSince: Timestamp, future: Timestamp?, limit: Int
    ) throws(StoreError) -> Int
}

/// A choice among the sessions of an account.
public enum SessionSelection: Sendable, Equatable {
    case all
    case one(Identifier<Session>)
    case allBut(Identifier<Session>)
}
