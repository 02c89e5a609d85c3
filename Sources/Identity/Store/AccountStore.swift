/// The part of the store for accounts.
public protocol AccountStore: Sendable {
    /// Looks for an account with this email key.
    func hasAccount(emailKey: String) throws(StoreError) -> Bool

    /// The account with this email key.
    func account(emailKey: String) throws(StoreError) -> Account?

    /// The account with this identifier.
    func account(_ id: Identifier<Account>) throws(StoreError) -> Account?

    /// The accounts that are kept under another key than their email address has, so that nobody finds them by it.
    func accountsWithOutdatedKeys() throws(StoreError) -> [Identifier<Account>]

    /// The accounts that fit a filter, the oldest first; those of an organization in the order in which they joined it.
    func accounts(_ filter: AccountFilter, _ page: PageRequest) throws(StoreError) -> Page<Account>

    /// Adds an account with its users.
    ///
    /// - Returns: `false`, and adds nothing, if an account has the same email key.
    func insert(_ account: Account, passwordHash: String, event: AuditEvent) throws(StoreError) -> Bool

    /// Adds many accounts at once.
    ///
    /// - Returns: those that were refused, in their order.
    func insert(_ accounts: [NewAccount], _ mode: ImportMode) throws(StoreError) -> [RefusedAccount]

    /// Changes one account as a rule decides that sees its present state, while nobody else changes anything.
    ///
    /// - Parameters:
    ///   - subject: the account.
    ///   - rule: gets the account and its password hash; returns the edit, or `nil` for no change. It may run more than
    ///     once.
    func change(
        _ subject: AccountSubject, _ rule: (Account, _ passwordHash: String?) throws -> AccountEdit?
    ) throws(StoreError) -> AccountEdit.Outcome
}

/// A choice of accounts. All that is set must hold.
public struct AccountFilter: Sendable, Equatable {
    /// The organization that the accounts belong to.
    public var organization: Identifier<Organization>?
    /// The account's email key.
    public var emailKey: String?
    /// The account's identifier in the system that it came from.
    public var externalID: String?
    /// The accounts' state.
    public var state: Account.State?
    /// A text that the email address or the name contains.
    public var search: AccountSearch?

    /// Makes a filter; by default all accounts fit it.
    public init(
        organization: Identifier<Organization>? = nil, emailKey: String? = nil, externalID: String? = nil,
        state: Account.State? = nil, search: AccountSearch? = nil
    ) {
        self.organization = organization
        self.emailKey = emailKey
        self.externalID = externalID
        self.state = state
        self.search = search
    }
}

/// A text to look for in email addresses and names, in either case of each letter.
///
/// No index helps with that: the store looks at each account, the oldest first, until the page is full.
public struct AccountSearch: Sendable, Equatable {
    /// The maximum length in code points.
    public static let maximumLength = 100

    /// The text in Normalization Form C, as names and addresses are kept.
    public let text: String

    /// Reads a text.
    ///
    /// - Throws: a fault if it is empty, too long, or has more combining marks in a row than any script needs.
    public init(input text: String) throws(ValueFault) {
        guard !text.isBlank else { throw ValueFault(.required, "Give a text to look for.") }
        do throws(NormalizationFault) {
            self.text = try text.trimmed.inNormalFormC(atMost: Self.maximumLength)
        } catch {
            throw ValueFault(.tooLong, "A text to look for has at most \(Self.maximumLength) characters.")
        }
    }
}

/// A name for one account.
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

/// An account of many that was not added.
public struct RefusedAccount: Sendable, Equatable {
    /// A value that another account has already.
    public enum Cause: Sendable, Equatable {
        case email, externalID
    }

    /// The place among the accounts that were to be added.
    public let index: Int
    /// The value that is taken.
    public let cause: Cause

    /// Makes one from its parts.
    public init(index: Int, cause: Cause) {
        self.index = index
        self.cause = cause
    }
}

/// The fate of many accounts that are to be added.
public enum ImportMode: Sendable, Equatable {
    /// All are added, or none if one is refused.
    case allOrNothing
    /// Accounts are added unless they are refused, each by itself.
    case whatFits
    /// None is added: it only becomes known which would be refused.
    case dryRun

    /// Tells whether the store keeps the accounts that it takes.
    ///
    /// - Parameter refused: the accounts that it does not take.
    public func keepsOthers(than refused: [RefusedAccount]) -> Bool {
        switch self {
        case .allOrNothing: refused.isEmpty
        case .whatFits: true
        case .dryRun: false
        }
    }
}
