/// The part of the store for second factors as they are proved.
public protocol FactorStore: Sendable {
    /// The values against which the second factors of an account are checked; `nil` if there is no such account.
    func factorMaterial(of account: Identifier<Account>) throws(StoreError) -> FactorMaterial?

    /// The passkey with a credential identifier, and its account; `nil` if there is none, or if it is a security key,
    /// which is for use behind a password. Both cost
    /// the same, wherever there is one at all: in place of an unknown one the next is read.
    func registeredKey(credential id: [UInt8]) throws(StoreError) -> RegisteredKey?
}

/// The part of the store for second factors as they are managed.
public protocol FactorManagementStore: Sendable {
    /// The second factors of an account; `nil` if there is no such account.
    func factors(of account: Identifier<Account>) throws(StoreError) -> AccountFactors?

    /// A generator whose set-up is not confirmed yet; `nil` if there is none that can still be confirmed.
    func unconfirmedGenerator(
        _ id: Identifier<Factor>, of account: Identifier<Account>, at now: Timestamp
    ) throws(StoreError) -> FactorMaterial.Generator?

    /// Changes the second factors of an account as a rule decides that sees them, while nobody else changes them.
    ///
    /// - Parameters:
    ///   - session: the session that does it, which must still be there; `nil` for none.
    ///   - rule: returns the edit, or `nil` for no change. It may run more than once.
    func changeFactors(
        of account: Identifier<Account>, by session: Identifier<Session>?,
        _ rule: (AccountFactors) throws -> FactorEdit?
    ) throws(StoreError) -> FactorEdit.Outcome

    /// The handle by which authenticators know an account.
    ///
    /// - Parameter drawn: the handle that it gets if it has none yet.
    /// - Returns: `nil` if there is no such account.
    func userHandle(
        of account: Identifier<Account>, orElse drawn: WebAuthn.UserHandle
    ) throws(StoreError) -> WebAuthn.UserHandle?

    /// Keeps the challenge of a session, in the place of an earlier one for the same purpose.
    ///
    /// - Returns: `false` if the session has ended.
    func put(_ ceremony: Ceremony, of session: Identifier<Session>) throws(StoreError) -> Bool

    /// Takes the challenge of a session out of the store, so that it serves for one answer, right or wrong; `nil` if
    /// there is none.
    func takeCeremony(_ purpose: Ceremony.Purpose, of session: Identifier<Session>) throws(StoreError) -> Ceremony?

    /// Removes some of what has expired: generators that nobody confirmed, challenges, logins that wait for a second
    /// factor, trusted devices, and what was noted of used challenges.
    ///
    /// - Parameter limit: the most that are removed at once of each.
    /// - Returns: the number that was removed of the kind with the most.
    func pruneSecondFactors(at now: Timestamp, limit: Int) throws(StoreError) -> Int
}

/// A change of an account's second factors, with everything that happens along with it.
public struct FactorEdit {
    /// The end of an attempt to change second factors.
    public enum Outcome: Sendable, Equatable {
        case changed
        /// The rule wanted no change.
        case unchanged
        /// The account, the session or the factor is gone, so nothing was changed.
        case notFound
        /// An account has the passkey already, so nothing was changed.
        case credentialTaken
        /// The key that has sealed what was to be added is retired, so nothing was changed.
        case keyRetired
    }

    /// A change of one factor.
    public enum Change: Sendable {
        /// Adds a generator. One that has to be confirmed takes the place of another such one.
        case addGenerator(NewGenerator)
        /// Confirms the set-up of a generator by the code of a step, which counts as used.
        case confirm(Identifier<Factor>, step: Int64)
        /// Adds a passkey or security key.
        case addKey(Factor, WebAuthn.NewCredential)
        /// Gives a factor another name.
        case rename(Identifier<Factor>, String)
        /// Removes a factor.
        case remove(Identifier<Factor>)
    }

    /// The proof of a second factor that its first use in a session is.
    public struct Proof: Sendable, Equatable {
        /// The method.
        public let method: SecondFactorMethod
        /// The time.
        public let time: Timestamp

        /// Creates a proof.
        public init(_ method: SecondFactorMethod, at time: Timestamp) {
            self.method = method
            self.time = time
        }
    }

    /// The change; `nil` for one of the recovery codes alone.
    public var change: Change?
    /// The digests of the recovery codes that take the place of the present ones; `nil` leaves those.
    public var recoveryCodes: [[UInt8]]?
    /// The proof that the session has given by it; `nil` for none.
    public var proof: Proof?
    /// The sessions of the account that end; `nil` for none.
    public var endedSessions: SessionSelection?
    /// Ends logins that wait for a second factor, and the trust in browsers.
    public var endsLogins = false
    /// The entries for the audit log.
    public var events: [AuditEvent]
    /// Makes the entry for the audit log of a session that ends.
    public var ending: (CredentialID) throws -> AuditEvent

    /// Makes an edit.
    public init(
        _ change: Change?, events: [AuditEvent], ending: @escaping (CredentialID) throws -> AuditEvent
    ) {
        self.change = change
        self.events = events
        self.ending = ending
    }
}
