/// Obligations of a person, which a session must meet before it serves for anything else.
///
/// A route permits the obligations under which it still answers: `principal.obligations.isSubset(of: route.permits)`.
public struct Obligations: OptionSet, Hashable, Sendable {
    public let rawValue: UInt8

    public init(rawValue: UInt8) {
        self.rawValue = rawValue
    }

    /// To set a new password in place of one that somebody else has set.
    public static let newPassword = Obligations(rawValue: 1 << 0)
    /// To add a second factor, which the policy of the installation or an organization asks for.
    public static let secondFactorEnrolment = Obligations(rawValue: 1 << 1)

    /// All of them.
    public static let all: Obligations = [.newPassword, .secondFactorEnrolment]
}

/// The identity and rights behind an accepted credential.
///
///     if let principal = try service.authenticate(bearer: text), principal.has(.accountsRead) { … }
public struct Principal: Sendable, Equatable {
    /// The kinds of credentials.
    public enum Credential: Sendable, Equatable {
        /// An API token with its scopes. It acts in one organization.
        case apiToken(Identifier<APIToken>, scopes: ScopeSet)
        /// A session.
        case session(Identifier<Session>)
    }

    /// An organization in which the principal acts, with its user and roles there.
    public struct Membership: Sendable, Equatable {
        /// The organization.
        public let organization: Identifier<Organization>
        /// The account's user; `nil` for an administrator of the installation who is not a member.
        public let user: Identifier<User>?
        /// The user's roles.
        public let roles: RoleSet
        /// The organization's policy on second factors.
        public let secondFactor: SecondFactorPolicy

        /// Creates a membership from its parts.
        public init(
            organization: Identifier<Organization>, user: Identifier<User>?, roles: RoleSet,
            secondFactor: SecondFactorPolicy = .optional
        ) {
            self.organization = organization
            self.user = user
            self.roles = roles
            self.secondFactor = secondFactor
        }
    }

    /// The accepted credential.
    public let credential: Credential
    /// The time at which the credential expires, unless its idle timeout ends it before; `nil` for never.
    public let expiresAt: Timestamp?
    /// The time of last use, to about a minute; `nil` if it has not been used.
    public let lastUsedAt: Timestamp?
    /// The time at which the session began; `nil` for an API token.
    public let sessionCreatedAt: Timestamp?
    /// The account.
    public let account: Identifier<Account>
    /// The account's email address.
    public let email: String
    /// The pending obligations that the store knows of; see `AuthenticationService.obligations(of:)` for all. An API
    /// token has none.
    public let obligations: Obligations
    /// The assurance that a session gives; `nil` for an API token.
    public let assurance: Assurance?
    /// The highest role that counts, even if the account holds higher ones; `nil` for no ceiling, as in a session.
    public let roleCeiling: Role?
    /// The account's roles on the installation, up to the ceiling.
    public let installationRoles: RoleSet
    /// True if the installation has a single organization, which need not be named.
    public let installationHasOneOrganization: Bool
    /// The membership in which it acts, with roles up to the ceiling: that of the token's organization, or for a
    /// session the account's oldest. `nil` for a session of an account without organization.
    public let membership: Membership?

    /// Creates a principal from its parts. It applies the ceiling, so that no code sees roles above it.
    public init(
        credential: Credential, expiresAt: Timestamp?, lastUsedAt: Timestamp?, sessionCreatedAt: Timestamp? = nil,
        account: Identifier<Account>, email: String, obligations: Obligations = [], assurance: Assurance? = nil,
        roleCeiling: Role? = nil, installationRoles: RoleSet, installationHasOneOrganization: Bool,
        membership: Membership?
    ) {
        self.credential = credential
        self.expiresAt = expiresAt
        self.lastUsedAt = lastUsedAt
        self.sessionCreatedAt = sessionCreatedAt
        self.account = account
        self.email = email
        self.obligations = if case .session = credential { obligations } else { [] }
        self.assurance = if case .session = credential { assurance } else { nil }
        self.roleCeiling = roleCeiling
        self.installationRoles = installationRoles.capped(at: roleCeiling)
        self.installationHasOneOrganization = installationHasOneOrganization
        self.membership = membership.map { membership in
            Membership(
                organization: membership.organization, user: membership.user,
                roles: membership.roles.capped(at: roleCeiling), secondFactor: membership.secondFactor)
        }
    }

    /// A copy of the principal that acts in another organization.
    func acting(as membership: Membership) -> Principal { copy(obligations, membership) }

    /// A copy of the principal with other pending obligations.
    public func with(_ obligations: Obligations) -> Principal { copy(obligations, membership) }

    private func copy(_ obligations: Obligations, _ membership: Membership?) -> Principal {
        Principal(
            credential: credential, expiresAt: expiresAt, lastUsedAt: lastUsedAt, sessionCreatedAt: sessionCreatedAt,
            account: account, email: email, obligations: obligations, assurance: assurance, roleCeiling: roleCeiling,
            installationRoles: installationRoles, installationHasOneOrganization: installationHasOneOrganization,
            membership: membership)
    }

    /// The organization in which it acts.
    public var organization: Identifier<Organization>? { membership?.organization }

    /// The credential's identifier.
    public var credentialID: CredentialID {
        switch credential {
        case .apiToken(let id, _): .apiToken(id)
        case .session(let id): .session(id)
        }
    }

    /// True if the credential is a session.
    public var isSession: Bool {
        if case .session = credential { true } else { false }
    }

    /// True if the account administers the installation, which makes it an owner in every organization.
    public var administersInstallation: Bool { installationRoles.reaches(.admin) }

    /// The roles that count in the organization, including those on the installation.
    public var roles: RoleSet { installationRoles.union(membership?.roles ?? []).effective }

    /// The scopes of the credential: a token's own, or those that the roles of a session's account grant.
    public var scopes: ScopeSet {
        switch credential {
        case .apiToken(_, let scopes): scopes
        case .session: roles.sessionScopes
        }
    }

    /// True if the credential has a scope.
    public func has(_ scope: Scope) -> Bool { scopes.grants(scope) }
}

extension RoleSet {
    /// The scopes of a session of a person with these roles.
    ///
    /// Registering people and logging them in is for programs. Only a developer has these scopes, to give them to a
    /// token.
    var sessionScopes: ScopeSet {
        if reaches(.admin) { return ScopeSet([.admin]) }
        var scopes: [Scope] = []
        if reaches(.appMember) { scopes += [.tokens] }
        if reaches(.appAdmin) { scopes += [.accountsRead, .accountsWrite] }
        if reaches(.appOwner) { scopes += [.organizations, .auditRead] }
        if reaches(.developer) { scopes += [.tokens, .register, .login] }
        return ScopeSet(scopes)
    }
}
