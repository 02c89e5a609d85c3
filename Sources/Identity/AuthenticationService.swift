public import Cryptography

/// The operations of the domain, with what they need. Those that belong together stand in a file of their own.
public struct AuthenticationService: Sendable {
    /// Where accounts are kept.
    public let store: any IdentityStore
    /// What hashes passwords.
    public let hasher: PasswordHasher
    /// The rules for new passwords.
    public let passwordPolicy: PasswordPolicy
    /// How long a session lasts, in seconds.
    public let sessionLifetime: Int64
    let clock: WallClock
    let random: any RandomSource
    let registrationsInFlight = RegistrationsInFlight()

    /// Makes the service.
    ///
    /// - Parameters:
    ///   - sessionLifetime: how long a session lasts, in seconds.
    ///   - clock: what time it is.
    ///   - random: where identifiers and tokens come from.
    public init(
        store: any IdentityStore, hasher: PasswordHasher, passwordPolicy: PasswordPolicy = PasswordPolicy(),
        sessionLifetime: Int64, clock: WallClock = .system, random: any RandomSource = OpenSSLRandomSource()
    ) {
        self.store = store
        self.hasher = hasher
        self.passwordPolicy = passwordPolicy
        self.sessionLifetime = sessionLifetime
        self.clock = clock
        self.random = random
    }
}

/// Why an operation did not happen. Each operation says which of these it can throw.
public enum AuthenticationError: Error, Sendable, Equatable {
    /// What was sent or typed is wrong, in these places.
    case invalidInput([InputFault])
    /// No account has this email address and password.
    case invalidCredentials
    /// The account may not be used.
    case accountInactive
    /// An account with this email address exists.
    case accountExists
    /// The credential may not act in the organization that was named, or there is none of that name.
    case organizationForbidden
    /// A role above the credential's own was to be granted.
    case roleNotGrantable(RoleSet)
    /// There is nothing of that name: what it is, in words.
    case notFound(String)
    /// The installation has an organization already.
    case alreadyInitialized
    /// The line for hashing is full; after so many seconds a place may be free.
    case overloaded(retryAfter: Int)
    /// The store failed.
    case store(StoreError)
    /// The cryptographic library failed: what it said, for the operator.
    case cryptography(reason: String)
}

extension AuthenticationError {
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
