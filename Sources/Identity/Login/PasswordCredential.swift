/// What is needed to check a password.
public struct PasswordCredential: Sendable, Equatable {
    /// The account.
    public let account: Identifier<Account>
    /// Whether it may be used.
    public let state: Account.State
    /// Its password hash, as `PasswordHash` encodes it.
    public let passwordHash: String

    /// Makes a credential from its parts.
    public init(account: Identifier<Account>, state: Account.State, passwordHash: String) {
        self.account = account
        self.state = state
        self.passwordHash = passwordHash
    }
}
