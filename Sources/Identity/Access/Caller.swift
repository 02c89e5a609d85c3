/// Who wants an operation done, and from where: what rights and the audit log need.
public struct Caller: Sendable, Equatable {
    /// By what right.
    public enum Authority: Sendable, Equatable {
        /// None: a browser on a route that is open.
        case anonymous
        /// An accepted credential.
        case principal(Principal)
        /// The command line, which may do everything, since who can run it can write the database; and in which
        /// organization, where that matters.
        case `operator`(in: Identifier<Organization>?)
    }

    /// By what right.
    public let authority: Authority
    /// The client's address; empty where it is not known.
    public let address: String
    /// Whether that is the client's: not so for a program that does not say for whom it acts, whose own it is then.
    public let clientIsKnown: Bool
    /// The client's `User-Agent`; empty where there was none. Only 256 characters of it are kept.
    public let userAgent: String
    /// The identifier of the request; empty on the command line.
    public let requestID: String
    /// Whether an attempt may wait for others to be decided: only where somebody resumes it.
    public let patience: AttemptPatience

    /// Makes a caller from its parts.
    public init(
        _ authority: Authority, address: String = "", clientIsKnown: Bool = true, userAgent: String = "",
        requestID: String = "", patience: AttemptPatience = .none
    ) {
        self.authority = authority
        self.address = address
        self.clientIsKnown = clientIsKnown
        self.userAgent = userAgent
        self.requestID = requestID
        self.patience = patience
    }

    /// The same caller, whose credential has been accepted.
    public func with(_ principal: Principal, address: String, clientIsKnown: Bool) -> Caller {
        Caller(
            .principal(principal), address: address, clientIsKnown: clientIsKnown, userAgent: userAgent,
            requestID: requestID, patience: patience)
    }

    /// The command line.
    public static let `operator` = Caller(.operator(in: nil))

    /// The accepted credential's; `nil` for others.
    public var principal: Principal? {
        if case .principal(let principal) = authority { principal } else { nil }
    }

    /// The roles that count.
    var roles: RoleSet {
        switch authority {
        case .anonymous: []
        case .principal(let principal): principal.roles
        case .operator: RoleSet(Role.allCases)
        }
    }

    /// Whether every organization is open to it.
    var administersInstallation: Bool { roles.reaches(.admin) }

    /// Whether it is the command line.
    var isOperator: Bool {
        if case .operator = authority { true } else { false }
    }

    /// The organization in which it acts.
    var organization: Identifier<Organization>? {
        switch authority {
        case .anonymous: nil
        case .principal(let principal): principal.organization
        case .operator(let organization): organization
        }
    }

    /// The organization in which it acts, where the operation needs one.
    func requireOrganization() throws(AuthenticationError) -> Identifier<Organization> {
        guard let organization else { throw .organizationForbidden }
        return organization
    }

    /// Makes sure that roles may be given or taken away: nobody grants a role above their own.
    func require(mayGrant roles: RoleSet) throws(AuthenticationError) {
        guard self.roles.mayGrant(roles) else { throw .roleNotGrantable(self.roles) }
    }

    /// Makes sure that it may act on a user: nobody acts on an account above their own.
    func require(mayActOn user: User, of account: Account) throws(AuthenticationError) {
        guard roles.mayGrant(user.roles.union(account.installationRoles)) else { throw .accountAboveOwn }
    }

    /// Makes sure that it may act on an account as a whole: as an administrator of its home or of the installation. Roles
    /// elsewhere don't count, so that no other organization can take these rights away.
    func require(mayActOn account: Account) throws(AuthenticationError) {
        guard roles.mayGrant(account.installationRoles) else { throw .accountAboveOwn }
        if administersInstallation { return }
        guard let home = account.home, home == organization,
            roles.mayGrant(account.user(in: home)?.roles ?? [])
        else { throw .accountAboveOwn }
    }

    /// Makes sure that an account is not the caller's own: nobody gets around their own current password, or changes their
    /// own roles and state.
    func require(isNotOwn account: Account) throws(AuthenticationError) {
        guard principal?.account != account.id else { throw .ownAccount }
    }
}
