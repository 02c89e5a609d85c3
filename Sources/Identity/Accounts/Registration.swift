import Cryptography

extension AuthenticationService {
    /// Registers an account with a user in the organization in which the caller acts. On return, the account is on
    /// disk.
    ///
    /// - Throws: `.accountExists`, `.organizationForbidden`, `.roleNotGrantable`, `.tooManyAttempts`, `.overloaded`,
    ///   `.store`, `.cryptography`.
    public func register(_ form: RegistrationForm, by caller: Caller) throws(AuthenticationError) -> Account {
        guard let organization = caller.organization else { throw .organizationForbidden }
        try caller.require(mayGrant: form.roles)
        try countRegistration(by: caller)
        return try add(form, to: organization, by: caller)
    }

    /// Creates an account for an operator, who may grant every role.
    ///
    /// - Parameter organization: slug or identifier.
    /// - Throws: `.notFound`, `.accountExists`, `.overloaded`, `.store`, `.cryptography`.
    public func createAccount(
        _ form: RegistrationForm, in organization: String
    ) throws(AuthenticationError) -> Account {
        try add(form, to: try self.organization(named: organization).id, by: .operator)
    }

    private func add(
        _ form: RegistrationForm, to organization: Identifier<Organization>, by caller: Caller
    ) throws(AuthenticationError) -> Account {
        let key = form.email.key
        return try registrationsInFlight.run(key, queue: hasher) { () throws(AuthenticationError) in
            guard try !withStore({ store throws(StoreError) in try store.hasAccount(emailKey: key) }) else {
                throw .accountExists
            }
            let passwordHash = try passwordHash(of: form)
            let account = try newAccount(form, in: organization)
            let event = try registered(account, in: organization, by: caller)
            // Another process may have registered the address meanwhile: the unique index decides.
            let isAdded = try withStore { store throws(StoreError) in
                try store.insert(account, passwordHash: passwordHash, event: event)
            }
            guard isAdded else { throw .accountExists }
            return account
        }
    }

    /// The hash of a form's password, or one that no password matches.
    func passwordHash(of form: RegistrationForm) throws(AuthenticationError) -> String {
        guard let password = form.password else { return hasher.unmatchableHash }
        return try withHasher { hasher throws(PasswordHasher.Failure) in try hasher.hash(password) }
    }

    /// An active account to be stored.
    func newAccount(
        _ form: RegistrationForm, in organization: Identifier<Organization>
    ) throws(AuthenticationError) -> Account {
        try newAccount(
            email: form.email, names: form.names, roles: form.roles, state: .active, createdAt: clock.now(),
            in: organization)
    }

    /// An account to be stored, with one user. The user's organization is the account's home.
    func newAccount(
        email: EmailAddress, names: PersonNames, roles: RoleSet, state: Account.State, createdAt: Timestamp,
        externalID: String? = nil, in organization: Identifier<Organization>
    ) throws(AuthenticationError) -> Account {
        let id: Identifier<Account> = try newIdentifier()
        let name = names.displayName(email)
        let user = User(
            id: try newIdentifier(), organization: organization, account: id, name: name, email: email,
            state: .active, roles: roles.inOrganization, createdAt: createdAt)
        return Account(
            id: id, email: email, name: name, givenName: names.givenName, familyName: names.familyName,
            provider: .credentials, state: state, installationRoles: roles.onInstallation, home: organization,
            createdAt: createdAt, externalID: externalID, users: [user])
    }

    /// The audit log's entry for a new account.
    func registered(
        _ account: Account, in organization: Identifier<Organization>, by caller: Caller
    ) throws(AuthenticationError) -> AuditEvent {
        try event(
            .accountRegistered, by: caller, account: account.id, organization: organization,
            details: ["roles": account.roles.names.joined(separator: " ")])
    }
}
