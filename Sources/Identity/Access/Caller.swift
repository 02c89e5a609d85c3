/// The caller of an operation, with the rights it has and the details for the audit log.
///
///     let caller = Caller(.principal(principal), address: "192.0.2.1", requestID: "7f3a")
///     try service.erase(id, by: caller)
public struct Caller: Sendable, Equatable {
    /// The source of a caller's rights.
    public enum Authority: Sendable, Equatable {
        /// None: a browser on an open route.
        case anonymous
        /// An accepted credential.
        case principal(Principal)
        /// The command line, which may do everything, since its user can write the database. The organization is the
        /// one in which it acts, if that matters.
        case `operator`(in: Identifier<Organization>?)
    }

    /// The source of the caller's rights.
    public let authority: Authority
    /// The client's address; empty if it is unknown.
    public let address: String
    /// True if the address is the client's. It is the program's own if the program does not name its client.
    public let clientIsKnown: Bool
    /// The client's `User-Agent`; empty if it sent none. Only 256 characters of it are stored.
    public let userAgent: String
    /// The identifier of the request; empty for the command line.
    public let requestID: String
    /// The willingness to have an attempt wait for others to be decided, which takes a server that resumes it.
    public let patience: AttemptPatience

    /// Creates a caller from its parts.
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

    /// A copy of the caller with an accepted credential.
    public func with(_ principal: Principal, address: String, clientIsKnown: Bool) -> Caller {
        Caller(
            .principal(principal), address: address, clientIsKnown: clientIsKnown, userAgent: userAgent,
            requestID: requestID, patience: patience)
    }

    /// The command line.
    public static let `operator` = Caller(.operator(in: nil))

    /// The principal of the accepted credential; `nil` without one.
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

    /// True if the caller may act in every organization.
    var administersInstallation: Bool { roles.reaches(.admin) }

    /// True if the caller is the command line.
    var isOperator: Bool {
        if case .operator = authority { true } else { false }
    }

    /// The organization in which the caller acts.
    var organization: Identifier<Organization>? {
        switch authority {
        case .anonymous: nil
        case .principal(let principal): principal.organization
        case .operator(let organization): organization
        }
    }

    /// The organization in which the caller acts.
    ///
    /// - Throws: `.organizationForbidden` if there is none.
    func requireOrganization() throws(AuthenticationError) -> Identifier<Organization> {
        guard let organization else { throw .organizationForbidden }
        return organization
    }

    /// Requires that the caller may grant and revoke roles: nobody grants a role above their own.
    func require(mayGrant roles: RoleSet) throws(AuthenticationError) {
        guard self.roles.mayGrant(roles) else { throw .roleNotGrantable(self.roles) }
    }

    /// Requires that the caller may act on a user: nobody acts on an account above their own.
    func require(mayActOn user: User, of account: Account) throws(AuthenticationError) {
        guard roles.mayGrant(user.roles.union(account.installationRoles)) else { throw .accountAboveOwn }
    }

    /// Requires that the caller may act on an account as a whole, as an administrator of its home or of the
    /// installation. Roles in other organizations don't count, so that none of these can take the right away.
    func require(mayActOn account: Account) throws(AuthenticationError) {
        guard roles.mayGrant(account.installationRoles) else { throw .accountAboveOwn }
        if administersInstallation { return }
        guard let home = account.home, home == organization,
            roles.mayGrant(account.user(in: home)?.roles ?? [])
        else { throw .accountAboveOwn }
    }

    /// Requires that an account is not the caller's own: nobody bypasses their own current password, or changes their
    /// own roles and state.
    func require(isNotOwn account: Account) throws(AuthenticationError) {
        guard principal?.account != account.id else { throw .ownAccount }
    }
}
