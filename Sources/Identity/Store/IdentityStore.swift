/// Where accounts and what belongs to them are kept.
///
/// Each function is one whole operation: it happens entirely or not at all, and what it changed is on disk when it
/// returns, together with its entries in the audit log. Functions may block and may be called from any thread.
public protocol IdentityStore: Sendable {
    // MARK: Credentials

    /// Who carries an API token, which counts as used now. `nil` where there is no such token, it has expired, or its
    /// account or the account's user in the token's organization is not active.
    func principal(apiToken tokenHash: TokenHash, at now: Timestamp) throws(StoreError) -> Principal?

    /// Who carries a session token. `nil` where there is no such session, it has expired, it was seen last at `idleSince`
    /// or before, it was made in the future, by more than a clock that is set right now and then is off
    /// (`WallClock.tolerance`), or its account is not active.
    func principal(
        session tokenHash: TokenHash, at now: Timestamp, idleSince: Timestamp
    ) throws(StoreError) -> Principal?

    /// The account's membership of an organization; `nil` where it has none that is active.
    func membership(
        of account: Identifier<Account>, in organization: Identifier<Organization>
    ) throws(StoreError) -> Principal.Membership?

    /// Notes when credentials were used last. What is gone or was used later is left alone; but a use that lies further
    /// ahead than `WallClock.tolerance` was noted by a clock that was wrong.
    func noteUse(of credentials: [CredentialID: Timestamp]) throws(StoreError)

    // MARK: Accounts

    /// Whether an account has this email key.
    func hasAccount(emailKey: String) throws(StoreError) -> Bool

    /// The account with this email key.
    func account(emailKey: String) throws(StoreError) -> Account?

    /// The account with this identifier.
    func account(_ id: Identifier<Account>) throws(StoreError) -> Account?

    /// The accounts that fit a filter, the oldest first; those of an organization in the order in which they joined it.
    func accounts(_ filter: AccountFilter, _ page: PageRequest) throws(StoreError) -> Page<Account>

    /// Adds an account with its users.
    ///
    /// - Returns: `false`, and adds nothing, where an account has the same email key.
    func insert(_ account: Account, passwordHash: String, event: AuditEvent) throws(StoreError) -> Bool

    /// Adds many accounts at once.
    ///
    /// - Returns: the places in `accounts` of those that were refused, because an account has the same email key.
    func insert(_ accounts: [NewAccount], _ mode: ImportMode) throws(StoreError) -> [Int]

    /// Changes one account as a rule decides that sees its present state, while nobody else changes anything.
    ///
    /// - Parameters:
    ///   - subject: the account.
    ///   - rule: gets the account and its password hash; returns what shall be, or `nil` for no change.
    func change(
        _ subject: AccountSubject, _ rule: (Account, _ passwordHash: String?) throws -> AccountChange?
    ) throws(StoreError) -> AccountChange.Outcome

    // MARK: Passwords and sessions

    /// What is needed to check the password of the account with this email key; `nil` where there is none, or it has no
    /// password. Both cases cost the same.
    ///
    /// - Parameter lot: any number; it draws the account that is read in place of an unknown one.
    func passwordLookup(emailKey: String, lot: UInt64) throws(StoreError) -> PasswordCredential?

    /// The kinds of password hashes that there are: of each algorithm with the same parameters one hash as an example, and
    /// how many accounts have such.
    ///
    /// - Parameter prefix: the beginning of those that are left out, which are mostly almost all: of 100,000 hashes looking
    ///   at each takes a third of a second, and leaving it out a twentieth of that.
    func passwordSchemes(besides prefix: String?) throws(StoreError) -> [(example: String, count: Int)]

    /// Adds a session of an account whose password was found right.
    ///
    /// - Parameters:
    ///   - session: the session.
    ///   - verifiedHash: the password hash that was checked.
    ///   - renewedHash: the hash that replaces it, where it was made with other parameters than are used now.
    ///   - replaced: the session that ends by it, if it is there, whoever's it is.
    ///   - attempt: what was reserved for it, and is given back.
    ///   - event: makes the entry for the audit log of a login of the account.
    /// - Returns: the account; `nil`, and nothing is changed, where it is no longer active or no longer has that hash.
    func begin(
        _ session: Session, verifiedHash: String, renewedHash: String?, replaced: ReplacedSession?,
        attempt: ThrottleReservation, event: (Account) throws -> AuditEvent
    ) throws(StoreError) -> Account?

    /// The sessions of an account that still count, the oldest first.
    func sessions(
        of account: Identifier<Account>, at now: Timestamp, idleSince: Timestamp, _ page: PageRequest
    ) throws(StoreError) -> Page<Session>

    /// How many sessions there are, those included that count no longer and have not been removed yet.
    func sessionCount() throws(StoreError) -> Int

    /// Ends sessions of an account.
    ///
    /// - Parameter event: makes the entry for the audit log of the end of one.
    /// - Returns: how many there were.
    @discardableResult
    func endSessions(
        _ sessions: SessionSelection, of account: Identifier<Account>, event: (CredentialID) throws -> AuditEvent
    ) throws(StoreError) -> Int

    /// Removes some sessions that count no longer.
    ///
    /// - Parameters:
    ///   - future: from when on one that was made then was made in the future, and is removed too.
    ///   - limit: the most that are removed at once.
    /// - Returns: how many there were.
    func pruneSessions(
        at now: Timestamp, idleSince: Timestamp, future: Timestamp?, limit: Int
    ) throws(StoreError) -> Int

    // MARK: API tokens

    /// The API tokens that fit a filter, the oldest first, with their accounts' email addresses.
    func apiTokens(
        _ filter: APITokenFilter, _ page: PageRequest
    ) throws(StoreError) -> Page<(token: APIToken, email: String)>

    /// Adds an API token, where its account and the account's user in its organization are active.
    ///
    /// - Parameters:
    ///   - maker: the credential by which it is made, which must still be there; `nil` for none.
    ///   - mayHave: whether it may be made by who holds these roles now.
    ///   - revoked: where it is given, all other tokens of the account in the organization end; it makes the entry for the
    ///     audit log of each.
    /// - Returns: `false`, and nothing is changed, where one of these does not hold.
    func insert(
        _ token: APIToken, maker: CredentialID?, mayHave: (RoleSet) -> Bool, event: AuditEvent,
        revoked: ((CredentialID) throws -> AuditEvent)?
    ) throws(StoreError) -> Bool

    /// Removes the API tokens that fit a filter; they are refused from the next request on.
    ///
    /// - Parameter event: makes the entry for the audit log of one that belonged to an account.
    /// - Returns: how many there were.
    func removeAPITokens(
        _ filter: APITokenFilter, event: (APIToken) throws -> AuditEvent
    ) throws(StoreError) -> Int

    /// Changes an API token as a rule decides that sees its present state: its name, scopes and ceiling.
    ///
    /// - Returns: the token as it is now; `nil` where there is none, or the rule wants no change.
    func changeAPIToken(
        _ id: Identifier<APIToken>, _ rule: (APIToken) throws -> (token: APIToken, event: AuditEvent)?
    ) throws(StoreError) -> APIToken?

    // MARK: Organizations and users

    /// The organization with this slug or identifier.
    func organization(_ slugOrID: String) throws(StoreError) -> Organization?

    /// The organizations, of one account where it is given, the oldest first.
    func organizations(
        of account: Identifier<Account>?, _ page: PageRequest
    ) throws(StoreError) -> Page<Organization>

    /// Some organizations that have no active owner whose home they are, the oldest first.
    func organizationsWithoutOwner(limit: Int) throws(StoreError) -> [Organization]

    /// Adds an organization.
    ///
    /// - Returns: `false`, and adds nothing, where one has the same slug.
    func insert(_ organization: Organization, event: AuditEvent) throws(StoreError) -> Bool

    /// Changes an organization as a rule decides that sees its present state.
    ///
    /// - Returns: the organization as it is now; `nil` where there is none, or the rule wants no change.
    func change(
        _ organization: Identifier<Organization>,
        _ rule: (Organization) throws -> (organization: Organization, event: AuditEvent)?
    ) throws(StoreError) -> Organization?

    /// The users of an organization, in the order in which they joined it.
    func users(
        in organization: Identifier<Organization>, _ page: PageRequest
    ) throws(StoreError) -> Page<User>

    /// A user by its identifier.
    func user(_ id: Identifier<User>) throws(StoreError) -> User?

    // MARK: Throttle

    /// The counters that there are of these.
    func counters(_ keys: [ThrottleKey]) throws(StoreError) -> [ThrottleKey: ThrottleCounter]

    /// Changes counters as a rule decides that sees their present state, while nobody else changes anything.
    ///
    /// - Parameter rule: gets the counters that there are; returns what shall be, where `nil` goes away, or `nil` for no
    ///   change at all.
    func changeCounters(
        _ keys: [ThrottleKey], _ rule: ([ThrottleKey: ThrottleCounter]) -> [ThrottleKey: ThrottleCounter?]?
    ) throws(StoreError)

    /// Removes counters that limit something.
    ///
    /// - Parameters:
    ///   - keys: which ones; `nil` for all.
    ///   - event: the entry for the audit log; it is added where there were any.
    /// - Returns: how many there were.
    func clearCounters(_ keys: [ThrottleKey]?, event: AuditEvent) throws(StoreError) -> Int

    /// Removes some counters that have expired.
    ///
    /// - Parameter limit: the most that are removed at once.
    /// - Returns: how many there were.
    func pruneCounters(at now: Timestamp, limit: Int) throws(StoreError) -> Int

    // MARK: Audit log

    /// Adds an entry to the audit log.
    func append(_ event: AuditEvent) throws(StoreError)

    /// Adds an entry to the audit log as a rule decides that sees counters, while nobody else changes anything.
    ///
    /// - Parameter rule: gets the counters that there are; returns what they shall be, and the entry; `nil` for none.
    func append(
        counting keys: [ThrottleKey],
        _ rule: ([ThrottleKey: ThrottleCounter]) -> (changed: [ThrottleKey: ThrottleCounter], event: AuditEvent)?
    ) throws(StoreError)

    /// The entries of the audit log that fit a filter, the newest first.
    func auditEvents(_ filter: AuditFilter, _ page: PageRequest) throws(StoreError) -> Page<AuditEvent>

    /// When the newest entry of the audit log was written; `nil` where there is none.
    func lastEventTime() throws(StoreError) -> Timestamp?

    /// Removes the entries of the audit log from before a moment, some at a time, so that nobody waits for long. One
    /// that is cut off is finished by the next.
    ///
    /// - Parameter event: the entry that says so; it is added first, where there are any, with the moment in its
    ///   details.
    /// - Returns: how many there were.
    func pruneAudit(before moment: Timestamp, event: AuditEvent) throws(StoreError) -> Int

    /// Removes what was erased from the files in which it is still left, for the store writes a log of its changes.
    ///
    /// - Returns: `false` where somebody who reads held it up: then it is to be tried again.
    func wipeErased() throws(StoreError) -> Bool

    // MARK: Installation

    /// Makes the first organization and its owner.
    ///
    /// - Returns: `false`, and adds nothing, where there is an organization already.
    func initialize(
        _ organization: Organization, owner: Account, passwordHash: String, events: [AuditEvent]
    ) throws(StoreError) -> Bool

    /// Whether there is an organization: the installation is ready for use.
    func isInitialized() throws(StoreError) -> Bool

    /// Makes sure that the store answers and can be written.
    func checkReadiness() throws(StoreError)
}
