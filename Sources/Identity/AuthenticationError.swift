import Cryptography

/// Why an operation did not happen. Each operation says which of these it can throw.
public enum AuthenticationError: Error, Sendable, Equatable {
    /// What was sent or typed is wrong, in these places.
    case invalidInput([InputFault])
    /// No account has this email address and password. The answer waits until a moment, where it has to, so that its time
    /// tells nothing; and it names an account whose stored hash cannot be checked, the first time that it is met.
    case invalidCredentials(answeredAt: ContinuousClock.Instant? = nil, uncheckable: Identifier<Account>? = nil)
    /// The present password, which has to come along with a new one, is wrong. The rest is as for `invalidCredentials`.
    case wrongPresentPassword(answeredAt: ContinuousClock.Instant? = nil, uncheckable: Identifier<Account>? = nil)
    /// The account may not be used.
    case accountInactive
    /// An account with this email address exists.
    case accountExists
    /// The credential may not act in the organization that was named, or there is none of that name.
    case organizationForbidden
    /// A role above the credential's own was to be granted.
    case roleNotGrantable(RoleSet)
    /// A scope that the credential lacks was to be given to a token.
    case scopeNotGrantable(ScopeSet)
    /// The account to be acted on has a role above the credential's own, or its home elsewhere.
    case accountAboveOwn
    /// The account to be acted on is the caller's own.
    case ownAccount
    /// The user to be removed is in its account's home.
    case homeUser
    /// The account would be let in again with a higher role than it has.
    case joinWouldRaise
    /// There is nothing of that name: what it is, in words.
    case notFound(String)
    /// The organization would be left without an owner.
    case lastOwner
    /// The account has a user in the organization already.
    case alreadyMember
    /// The organization does not let this account join by itself.
    case joinRefused
    /// An organization with this slug exists.
    case slugTaken
    /// The installation has an organization already.
    case alreadyInitialized
    /// There were too many attempts that failed, by this counter; after so many seconds one is let through.
    case tooManyAttempts(retryAfter: Int, by: ThrottleCounter.Name)
    /// The attempt is to be made again when others that are under way have been decided. Thrown only to who has the
    /// patience.
    case attemptsUnderWay(AttemptWait)
    /// The line for hashing is full; after so many seconds a place may be free.
    case overloaded(retryAfter: Int)
    /// Too many lists are being read; after so many seconds there may be a place for another.
    case tooManyLists(retryAfter: Int)
    /// The store failed.
    case store(StoreError)
    /// The cryptographic library failed: what it said, for the operator.
    case cryptography(reason: String)
}

extension AuthenticationError {
    /// Whether a password was wrong: what the throttle counts.
    var isWrongPassword: Bool {
        switch self {
        case .invalidCredentials, .wrongPresentPassword: true
        default: false
        }
    }

    /// Runs an operation of one of the parts below, and gives its error the form that this layer throws.
    static func wrapping<Value>(_ body: () throws -> Value) throws(AuthenticationError) -> Value {
        do {
            return try body()
        } catch let error as AuthenticationError {
            throw error
        } catch let error as StoreError {
            throw .store(error)
        } catch let error as CryptographyError {
            throw .cryptography(reason: error.description)
        } catch PasswordHasher.Failure.overloaded(let retryAfter) {
            throw .overloaded(retryAfter: retryAfter)
        } catch PasswordHasher.Failure.failed(let reason) {
            throw .cryptography(reason: reason)
        } catch {
            throw .cryptography(reason: "\(error)")
        }
    }
}
