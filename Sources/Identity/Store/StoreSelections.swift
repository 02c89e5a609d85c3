/// Which accounts are wanted. All that is set must hold.
public struct AccountFilter: Sendable, Equatable {
    /// Belonging to this organization.
    public var organization: Identifier<Organization>?
    /// With this email key.
    public var emailKey: String?
    /// In this state.
    public var state: Account.State?

    /// Makes a filter that lets everything through.
    public init(
        organization: Identifier<Organization>? = nil, emailKey: String? = nil, state: Account.State? = nil
    ) {
        self.organization = organization
        self.emailKey = emailKey
        self.state = state
    }
}

/// Which API tokens are meant. All that is set must hold.
public struct APITokenFilter: Sendable, Equatable {
    /// The token with this identifier.
    public var id: Identifier<APIToken>?
    /// The token with this hash.
    public var tokenHash: TokenHash?
    /// Those of this account.
    public var account: Identifier<Account>?
    /// Those that act in this organization.
    public var organization: Identifier<Organization>?
    /// Only tokens that still count at this moment, and have all roles of an account that is more than a member, for lack of a
    /// ceiling.
    public var powerfulAt: Timestamp?

    /// Makes a filter that lets everything through.
    public init(
        id: Identifier<APIToken>? = nil, tokenHash: TokenHash? = nil, account: Identifier<Account>? = nil,
        organization: Identifier<Organization>? = nil, powerfulAt: Timestamp? = nil
    ) {
        self.id = id
        self.tokenHash = tokenHash
        self.account = account
        self.organization = organization
        self.powerfulAt = powerfulAt
    }
}

/// Which sessions of an account are meant.
public enum SessionSelection: Sendable, Equatable {
    case all
    case one(Identifier<Session>)
    case allBut(Identifier<Session>)
}

/// Whose account is meant.
public enum AccountSubject: Sendable, Equatable {
    /// The account itself.
    case account(Identifier<Account>)
    /// The account of a user.
    case user(Identifier<User>)
}

/// An account that is to be added along with others.
public struct NewAccount: Sendable {
    /// The account.
    public let account: Account
    /// Its password hash.
    public let passwordHash: String
    /// The entry for the audit log.
    public let event: AuditEvent

    /// Makes one from its parts.
    public init(account: Account, passwordHash: String, event: AuditEvent) {
        self.account = account
        self.passwordHash = passwordHash
        self.event = event
    }
}

/// What happens to many accounts that are to be added.
public enum ImportMode: Sendable, Equatable {
    /// All are added, or none where one is refused.
    case allOrNothing
    /// Those are added that are not refused.
    case whatFits
    /// None is added: only what would be refused is found out.
    case dryRun
}
