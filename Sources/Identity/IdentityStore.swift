/// Where accounts and what belongs to them are kept.
///
/// Each function is one whole operation: it happens entirely or not at all, and what it changed is on disk when it
/// returns. Functions may block and may be called from any thread.
public protocol IdentityStore: Sendable {
    /// Whether an account has this email key.
    func hasAccount(emailKey: String) throws(StoreError) -> Bool

    /// Adds an account with its users.
    ///
    /// - Returns: `false`, and adds nothing, where an account has the same email key.
    func insert(_ account: Account, passwordHash: String) throws(StoreError) -> Bool

    /// What is needed to check the password of the account with this email key, or to do the same work where there is
    /// none. Both cases cost the same.
    ///
    /// - Parameter lot: any number; it draws the account whose hash is the decoy.
    func passwordLookup(emailKey: String, lot: UInt64) throws(StoreError) -> PasswordLookup

    /// Adds a session of an account whose password was found right.
    ///
    /// - Parameters:
    ///   - session: the session.
    ///   - verifiedHash: the password hash that was checked.
    ///   - renewedHash: the hash that replaces it, where it was made with other parameters than are used now.
    /// - Returns: the account; `nil`, and nothing is changed, where it is no longer active or no longer has that hash.
    func begin(
        _ session: Session, verifiedHash: String, renewedHash: String?
    ) throws(StoreError) -> Account?

    /// Ends a session.
    ///
    /// - Returns: whether there was one with this token.
    @discardableResult
    func endSession(tokenHash: TokenHash) throws(StoreError) -> Bool

    /// Who carries an API token. `nil` where there is no such token, it has expired, or its account or the account's user
    /// in the token's organization is not active.
    func principal(apiToken tokenHash: TokenHash, at now: Timestamp) throws(StoreError) -> Principal?

    /// Who carries a session token. `nil` where there is no such session, it has expired, or its account is not active.
    func principal(session tokenHash: TokenHash, at now: Timestamp) throws(StoreError) -> Principal?

    /// The organization with this slug or identifier.
    func organization(_ slugOrID: String) throws(StoreError) -> Organization?

    /// The account with this email key.
    func account(emailKey: String) throws(StoreError) -> Account?

    /// All accounts, the oldest first.
    func accounts() throws(StoreError) -> [Account]

    /// Makes the first organization and its owner.
    ///
    /// - Returns: `false`, and adds nothing, where there is an organization already.
    func initialize(_ organization: Organization, owner: Account, passwordHash: String) throws(StoreError) -> Bool

    /// Whether there is an organization: the installation is ready for use.
    func isInitialized() throws(StoreError) -> Bool

    /// Adds an API token.
    func insert(_ token: APIToken) throws(StoreError)

    /// All API tokens with their accounts' email addresses, the oldest first.
    func apiTokens() throws(StoreError) -> [(token: APIToken, email: EmailAddress)]

    /// Removes an API token; it is refused from the next request on.
    ///
    /// - Returns: whether there was one.
    func removeAPIToken(_ id: Identifier<APIToken>) throws(StoreError) -> Bool

    /// How many accounts have a password hash of each algorithm, by the algorithm's PHC name.
    func passwordAlgorithms() throws(StoreError) -> [String: Int]

    /// Makes sure that the store answers and can be written.
    func checkReadiness() throws(StoreError)
}

/// The answer to a look for the account of an email key.
public struct PasswordLookup: Sendable, Equatable {
    /// What is needed to check the password; `nil` where there is no such account, or it has no password.
    public let credential: PasswordCredential?
    /// The password hash of some account, the same one for a lot as long as accounts do not change. `nil` where there is
    /// no account at all.
    public let decoyHash: String?

    /// Makes an answer from its parts.
    public init(credential: PasswordCredential?, decoyHash: String?) {
        self.credential = credential
        self.decoyHash = decoyHash
    }
}

/// What is needed to check a password.
public struct PasswordCredential: Sendable, Equatable {
    /// The account.
    public let account: Identifier<Account>
    /// Whether it may be used.
    public let state: Account.State
    /// Its password hash, a PHC string.
    public let passwordHash: String

    /// Makes a credential from its parts.
    public init(account: Identifier<Account>, state: Account.State, passwordHash: String) {
        self.account = account
        self.state = state
        self.passwordHash = passwordHash
    }
}

/// Why the store could not do what it was asked to.
public struct StoreError: Error, Sendable, Equatable, CustomStringConvertible {
    /// What an operator, or the caller, can do.
    public enum Kind: Sendable, Equatable {
        /// It may work again later or when the operator has mended something: locked, full, read-only, gone.
        case unavailable
        /// The data is damaged: only a backup helps.
        case damaged
        /// There is no database, or none that this program can use.
        case unusable
        /// A fault of the program.
        case unexpected
    }

    /// What can be done.
    public let kind: Kind
    /// What happened and what to do, for the operator. It never goes into a response.
    public let description: String

    /// Makes an error.
    public init(_ kind: Kind, _ description: String) {
        self.kind = kind
        self.description = description
    }
}
