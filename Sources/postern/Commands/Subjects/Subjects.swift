import ArgumentParser
import Identity

/// The account that a command acts on.
struct AccountArgument: ParsableArguments {
    @Argument(help: "The account's email address or identifier (acct_…).")
    var account: String
}

/// The organization that a command acts on.
struct OrganizationArgument: ParsableArguments {
    @Argument(help: "The organization's slug or identifier (org_…).")
    var organization: String
}

/// The organization in which a command acts.
struct OrganizationOption: ParsableArguments {
    @Option(help: "Slug or identifier of the organization.")
    var organization: String
}

/// The user that a command acts on.
struct UserArgument: ParsableArguments {
    @Argument(help: "The user's identifier (user_…), or its account's email address or identifier.")
    var user: String

    @OptionGroup var place: OrganizationOption

    /// Finds the user, and makes the caller that acts on it.
    func find(_ installation: Installation) throws -> (user: User, caller: Caller) {
        let organization = try installation.organization(place.organization)
        let caller = Caller(.operator(in: organization.id))
        if let id = Identifier<User>(user) { return (try installation.service.user(id, by: caller), caller) }
        let account = try installation.account(user)
        guard let user = account.user(in: organization.id) else {
            throw CommandFailure(.noUser, "\(account.email) is not a member of \(organization.slug)")
        }
        return (user, caller)
    }
}

/// The API token that a command acts on.
struct TokenArgument: ParsableArguments {
    @Argument(help: "The token's identifier (tok_…), as `postern token list` shows it.")
    var id: Identifier<APIToken>
}

/// The names of accounts for people: email addresses, each looked up once, since a list names few accounts many times.
final class AccountNames {
    /// The most names that are remembered.
    private static let most = 10_000

    private let installation: Installation
    private var known: [Identifier<Account>: String] = [:]

    init(_ installation: Installation) { self.installation = installation }

    /// The account's email address, or the identifier of one that was erased; `nil` for no account.
    func name(_ id: Identifier<Account>?) throws(StoreError) -> String? {
        guard let id else { return nil }
        if let name = known[id] { return name }
        let name = try installation.store.account(id).map { "\($0.email)" } ?? "\(id)"
        if known.count >= Self.most { known.removeAll(keepingCapacity: true) }
        known[id] = name
        return name
    }
}

extension Installation {
    /// The account with this email address or identifier.
    func account(_ name: String) throws(AuthenticationError) -> Account { try service.account(named: name) }

    /// The organization with this slug or identifier.
    func organization(_ slugOrID: String) throws(AuthenticationError) -> Organization {
        try service.organization(named: slugOrID)
    }

    /// The command line, acting in the organization with this slug or identifier.
    func caller(in slugOrID: String) throws(AuthenticationError) -> Caller {
        Caller(.operator(in: try organization(slugOrID).id))
    }
}
