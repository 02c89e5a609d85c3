/// The answer to a look for the account of an email key.
public struct PasswordLookup: Sendable, Equatable {
    /// What is needed to check the password; `nil` where there is no such account, or it has no password.
    public let credential: PasswordCredential?
    /// The password hash of an account: of the one that was looked for, or of one that was drawn, the same one for a lot as
    /// long as accounts do not change. `nil` where none has a password.
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
    /// Its password hash, as `PasswordHash` encodes it.
    public let passwordHash: String

    /// Makes a credential from its parts.
    public init(account: Identifier<Account>, state: Account.State, passwordHash: String) {
        self.account = account
        self.state = state
        self.passwordHash = passwordHash
    }
}
