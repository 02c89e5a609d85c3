import Cryptography

extension AuthenticationService {
    /// Registers an account with a user in an organization. When it returns, the account is on disk.
    ///
    /// - Parameters:
    ///   - organization: slug or identifier of the organization; `nil` for the credential's own.
    ///   - principal: who asks.
    /// - Throws: `.accountExists`, `.organizationForbidden`, `.roleNotGrantable`, `.overloaded`, `.store`,
    ///   `.cryptography`.
    public func register(
        _ form: RegistrationForm, in organization: String?, by principal: Principal
    ) throws(AuthenticationError) -> Account {
        try AuthenticationError.wrapping {
            let organization = try self.organization(organization, for: principal)
            let ownRoles = principal.roles(in: organization)
            guard ownRoles.mayGrant(form.roles) else { throw AuthenticationError.roleNotGrantable(ownRoles) }
            return try add(form, to: organization)
        }
    }

    /// Adds an account, whoever asks for it.
    func add(_ form: RegistrationForm, to organization: Identifier<Organization>) throws -> Account {
        try registrationsInFlight.run(form.email.key, line: hasher) {
            guard try !store.hasAccount(emailKey: form.email.key) else { throw AuthenticationError.accountExists }
            let passwordHash = try hasher.hash(form.password)
            let account = try newAccount(form, in: organization)
            // Another process may have been in the race: the index decides.
            guard try store.insert(account, passwordHash: passwordHash) else { throw AuthenticationError.accountExists }
            return account
        }
    }

    /// An account as it will be stored.
    func newAccount(
        _ form: RegistrationForm, in organization: Identifier<Organization>
    ) throws(CryptographyError) -> Account {
        let now = clock.now()
        let id = try Identifier<Account>(random: random)
        let user = User(
            id: try Identifier(random: random), organization: organization, account: id, name: form.name,
            email: form.email, state: .active, roles: form.roles.inOrganization, createdAt: now)
        return Account(
            id: id, email: form.email, name: form.name, givenName: form.givenName, familyName: form.familyName,
            provider: .credentials, state: .active, installationRoles: form.roles.onInstallation, createdAt: now,
            users: [user])
    }

    /// The organization in which a credential acts: the one named, if it may, or its own.
    private func organization(
        _ slugOrID: String?, for principal: Principal
    ) throws -> Identifier<Organization> {
        guard case .apiToken(_, let own, _) = principal.credential else {
            throw AuthenticationError.organizationForbidden
        }
        guard let slugOrID else { return own }
        guard let named = try store.organization(slugOrID)?.id, principal.mayAct(in: named) else {
            throw AuthenticationError.organizationForbidden
        }
        return named
    }
}

extension Principal {
    /// Whether the credential may act in an organization: its own, or any where its account administers the
    /// installation.
    func mayAct(in organization: Identifier<Organization>) -> Bool {
        if installationRoles.reaches(.admin) { return true }
        guard case .apiToken(_, let own, _) = credential else { return false }
        return own == organization
    }

    /// The roles that count in an organization, those on the installation included. Who administers the installation acts
    /// as an owner everywhere.
    func roles(in organization: Identifier<Organization>) -> RoleSet {
        guard !installationRoles.reaches(.admin) else { return installationRoles.union(RoleSet([.appOwner])) }
        guard mayAct(in: organization) else { return installationRoles }
        return installationRoles.union(organizationRoles)
    }
}
