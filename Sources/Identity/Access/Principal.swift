/// Duties of a person, each of which a session must meet before it serves for anything else.
///
/// A route permits those under which it still answers: `principal.obligations.isSubset(of: route.permits)`.
public struct Obligations: OptionSet, Hashable, Sendable {
    public let rawValue: UInt8

    public init(rawValue: UInt8) {
        self.rawValue = rawValue
    }

    /// A password of one's own, in place of one that somebody else has set.
    public static let newPassword = Obligations(rawValue: 1 << 0)
}

/// Who makes a request, as an accepted credential tells.
public struct Principal: Sendable, Equatable {
    /// The credential that was accepted.
    public enum Credential: Sendable, Equatable {
        /// An API token with some scopes, which acts in one organization.
        case apiToken(Identifier<APIToken>, scopes: ScopeSet)
        /// A session.
        case session(Identifier<Session>)
    }

    /// Where the principal acts, and as whom.
    public struct Membership: Sendable, Equatable {
        /// The organization.
        public let organization: Identifier<Organization>
        /// The account's user there; `nil` for one who acts there by administering the installation.
        public let user: Identifier<User>?
        /// The user's roles.
        public let roles: RoleSet

        /// Makes a membership from its parts.
        public init(organization: Identifier<Organization>, user: Identifier<User>?, roles: RoleSet) {
            self.organization = organization
            self.user = user
            self.roles = roles
        }
    }

    /// The credential that was accepted.
    public let credential: Credential
    /// From when on the credential counts no longer, if it is not used less than its idle timeout allows before; `nil` for
    /// never.
    public let expiresAt: Timestamp?
    /// When the credential was used last, to about a minute; `nil` where it never was.
    public let lastUsedAt: Timestamp?
    /// When the session was made; `nil` for an API token, whose end somebody has set as a moment.
    public let sessionCreatedAt: Timestamp?
    /// For whom it acts.
    public let account: Identifier<Account>
    /// The account's email address.
    public let email: String
    /// Duties to meet before the credential serves for anything else. An API token has none: they are a person's.
    public let obligations: Obligations
    /// The highest role that counts, whatever the account holds; `nil` for a session and for an API token without a
    /// ceiling.
    public let roleCeiling: Role?
    /// The roles that the account holds on the installation, as far as they do not exceed the ceiling.
    public let installationRoles: RoleSet
    /// Whether the installation has one organization only, so that nobody needs to name it.
    public let installationHasOneOrganization: Bool
    /// Where it acts: the token's organization; a session's is the one that the account belongs to the longest. `nil` for
    /// a session of an account that belongs to none. Its roles do not exceed the ceiling.
    public let membership: Membership?

    /// Makes a principal from its parts. The ceiling is put on the roles here, so that nothing sees others.
    public init(
        credential: Credential, expiresAt: Timestamp?, lastUsedAt: Timestamp?, sessionCreatedAt: Timestamp? = nil,
        account: Identifier<Account>, email: String, obligations: Obligations = [], roleCeiling: Role? = nil,
        installationRoles: RoleSet, installationHasOneOrganization: Bool, membership: Membership?
    ) {
        self.credential = credential
        self.expiresAt = expiresAt
        self.lastUsedAt = lastUsedAt
        self.sessionCreatedAt = sessionCreatedAt
        self.account = account
        self.email = email
        self.obligations = if case .session = credential { obligations } else { [] }
        self.roleCeiling = roleCeiling
        self.installationRoles = installationRoles.capped(at: roleCeiling)
        self.installationHasOneOrganization = installationHasOneOrganization
        self.membership = membership.map { membership in
            Membership(
                organization: membership.organization, user: membership.user,
                roles: membership.roles.capped(at: roleCeiling))
        }
    }

    /// The same principal in another organization.
    func acting(as membership: Membership) -> Principal {
        Principal(
            credential: credential, expiresAt: expiresAt, lastUsedAt: lastUsedAt, sessionCreatedAt: sessionCreatedAt,
            account: account, email: email, obligations: obligations, roleCeiling: roleCeiling,
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

    /// Whether it is a person's session.
    public var isSession: Bool {
        if case .session = credential { true } else { false }
    }

    /// Whether the account administers the installation, and so acts as an owner in every organization.
    public var administersInstallation: Bool { installationRoles.reaches(.admin) }

    /// The roles that count where it acts, those on the installation included.
    public var roles: RoleSet { installationRoles.union(membership?.roles ?? []).effective }

    /// What the credential may be used for: a token's own scopes, or what the roles of a session's account allow.
    public var scopes: ScopeSet {
        switch credential {
        case .apiToken(_, let scopes): scopes
        case .session: roles.sessionScopes
        }
    }

    /// Whether the credential may be used for something.
    public func has(_ scope: Scope) -> Bool { scopes.grants(scope) }
}

extension RoleSet {
    /// What a person with these roles may do without an API token.
    ///
    /// Registering and logging others in is for programs: only a developer may, and hand it on to a token.
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
