public import Cryptography

/// An error that ends an operation. The documentation of an operation lists those it throws.
///
/// ```swift
/// do throws(AuthenticationError) {
///     try service.revokeAPIToken(id)
/// } catch .notFound(let search) {
///     print("there is no \(search)")
/// }
/// ```
public enum AuthenticationError: Error, Sendable, Equatable {
    /// The input has these faults.
    case invalidInput([InputFault])
    /// No account has this email address and password.
    ///
    /// The answer is held back until `answeredAt`, if set, so that its time reveals nothing. `uncheckable` names an
    /// account whose stored hash can't be checked, the first time it is met. `account` is the account with this
    /// address, for the log alone; `nil` if there is none.
    case invalidCredentials(
        answeredAt: ContinuousClock.Instant? = nil, uncheckable: Identifier<Account>? = nil,
        account: Identifier<Account>? = nil)
    /// The current password, required with a new one, is wrong. The values are those of `invalidCredentials`.
    case wrongPresentPassword(answeredAt: ContinuousClock.Instant? = nil, uncheckable: Identifier<Account>? = nil)
    /// The password is right, and the login waits for a second factor.
    case secondFactorRequired(PendingLogin.Offer)
    /// The login that waits for its second factor is over, was another caller's, or never was.
    case loginExpired
    /// The code or assertion does not prove a second factor, for a reason that is for the log alone.
    case invalidFactor(FactorRefusal, account: Identifier<Account>?)
    /// The session must be confirmed first.
    case reauthenticationRequired(Reauthentication)
    /// The operation is for the holder of a session.
    case sessionRequired
    /// The session has ended meanwhile, or has another token by now.
    case sessionGone
    /// The policy asks for a second factor, and the account has none.
    case secondFactorEnrolmentRequired
    /// The installation lets nobody add a second factor.
    case secondFactorsOff
    /// The installation has no address for browsers, without which there are no passkeys.
    case noPublicURL
    /// The account has as many factors as it may have.
    case tooManyFactors
    /// The policy asks for a second factor, and this is the account's last.
    case lastFactor
    /// The account has no second factor for which recovery codes could stand in.
    case noFactor
    /// Another account, or this one, has the passkey already.
    case credentialTaken
    /// The answer to a registration of a passkey is refused, for a reason that is for the log alone.
    case invalidRegistration(reason: String)
    /// This account is inactive.
    case accountInactive(Identifier<Account>)
    /// An account with this email address exists.
    case accountExists
    /// The credential may not act in the named organization, or no organization has that name.
    case organizationForbidden
    /// The role to grant is above the caller's own roles.
    case roleNotGrantable(RoleSet)
    /// The scope to give to a token is not among the caller's own scopes.
    case scopeNotGrantable(ScopeSet)
    /// The account to act on has a role above the caller's own, or its home is elsewhere.
    case accountAboveOwn
    /// The account to act on is the caller's own.
    case ownAccount
    /// The user to remove is in its account's home.
    case homeUser
    /// The account could join again, with a higher role than it has.
    case joinWouldRaise
    /// Nothing has that name. The text describes the search.
    case notFound(String)
    /// The organization would be left without an owner.
    case lastOwner
    /// The account already has a user in the organization.
    case alreadyMember
    /// The organization does not let this account join by itself.
    case joinRefused
    /// An organization with this slug exists.
    case slugTaken
    /// The organization to delete is the only one.
    case lastOrganization
    /// The installation already has an organization.
    case alreadyInitialized
    /// This counter has too many failed attempts. The next attempt is let through after `retryAfter` seconds.
    case tooManyAttempts(retryAfter: Int, by: ThrottleCounter.Name)
    /// The attempt must be repeated once others that are under way have been decided. Thrown only to a caller with
    /// `patience`.
    case attemptsUnderWay(AttemptWait)
    /// The hash queue is full. A place may be free after `retryAfter` seconds.
    case overloaded(retryAfter: Int)
    /// Too many lists are being read. A place may be free after `retryAfter` seconds.
    case tooManyLists(retryAfter: Int)
    /// The store failed.
    case store(StoreError)
    /// The list of breached passwords can't be read.
    case breachedPasswords(BreachedPasswords.Fault)
    /// The installation's keys are missing, or do not open what is stored.
    case keys(MissingKeys)
    /// The cryptographic library failed, for the reason it gave.
    case cryptography(reason: String)

    /// True if an attempt that ends with it stays counted: a password was wrong, or nobody knows whether it was, or
    /// whether the attempt was given back already: the transaction that begins a session gives it back too.
    ///
    /// - Parameter wasRight: whether the password was found to be right before.
    func countsAsGuess(wasRight: Bool) -> Bool {
        switch self {
        case .invalidCredentials, .wrongPresentPassword, .invalidFactor: true
        case .store(let failure): !wasRight || failure.kind == .uncertain
        default: false
        }
    }
}

extension AuthenticationService {
    /// Runs operations of the store.
    ///
    /// - Throws: `.store`.
    func withStore<Value>(
        _ body: (any IdentityStore) throws(StoreError) -> Value
    ) throws(AuthenticationError) -> Value {
        do throws(StoreError) { return try body(store) } catch { throw .store(error) }
    }

    /// Runs operations of the hasher.
    ///
    /// - Throws: `.overloaded`, `.cryptography`.
    func withHasher<Value>(
        _ body: (PasswordHasher) throws(PasswordHasher.Failure) -> Value
    ) throws(AuthenticationError) -> Value {
        do throws(PasswordHasher.Failure) {
            return try body(hasher)
        } catch {
            switch error {
            case .overloaded(let retryAfter): throw .overloaded(retryAfter: retryAfter)
            case .failed(let reason): throw .cryptography(reason: reason)
            }
        }
    }

    /// Draws a value from the source of randomness.
    ///
    /// - Throws: `.cryptography`.
    func withRandomness<Value>(
        _ body: (any RandomSource) throws(CryptographyError) -> Value
    ) throws(AuthenticationError) -> Value {
        do throws(CryptographyError) {
            return try body(random)
        } catch {
            throw .cryptography(reason: error.description)
        }
    }

    /// Draws a new identifier.
    ///
    /// - Throws: `.cryptography`.
    func newIdentifier<Entity>() throws(AuthenticationError) -> Identifier<Entity> {
        try withRandomness { random throws(CryptographyError) in try Identifier(random: random) }
    }
}

/// The course of a rule that the store runs within its transaction. If the rule throws, it wants no change, and the
/// caller gets the error behind the transaction.
///
/// ```swift
/// var course = RuleCourse()
/// let outcome = try withStore { store throws(StoreError) in
///     try store.change(id) { present in course.edit { () throws(AuthenticationError) in try rule(present) } }
/// }
/// try course.end()
/// ```
struct RuleCourse {
    private var error: AuthenticationError?

    /// Runs the rule. The store may do so again, if it has to begin anew.
    ///
    /// - Returns: the edit that it wants; `nil` for none.
    mutating func edit<Edit>(_ rule: () throws(AuthenticationError) -> Edit?) -> Edit? {
        do throws(AuthenticationError) {
            error = nil
            return try rule()
        } catch {
            self.error = error
            return nil
        }
    }

    /// Throws the error of the rule.
    func end() throws(AuthenticationError) {
        if let error { throw error }
    }
}
