import Cryptography

extension AuthenticationService {
    /// Registers an account with a user in the organization in which the caller acts. When it returns, the account is on
    /// disk.
    ///
    /// - Throws: `.accountExists`, `.organizationForbidden`, `.roleNotGrantable`, `.tooManyAttempts`, `.overloaded`,
    ///   `.store`, `.cryptography`.
    public func register(_ form: RegistrationForm, by caller: Caller) throws(AuthenticationError) -> Account {
        guard let organization = caller.organization else { throw .organizationForbidden }
        try caller.require(mayGrant: form.roles)
        try countRegistration(by: caller)
        return try AuthenticationError.wrapping { try add(form, to: organization, by: caller) }
    }

    /// Adds an account, whoever asks for it.
    func add(
        _ form: RegistrationForm, to organization: Identifier<Organization>, by caller: Caller
    ) throws -> Account {
        try registrationsInFlight.run(form.email.key, line: hasher) {
            guard try !store.hasAccount(emailKey: form.email.key) else { throw AuthenticationError.accountExists }
            let passwordHash = try form.password.map(hasher.hash) ?? hasher.unmatchableHash
            let account = try newAccount(form, in: organization)
            // Another process may have been in the race: the index decides.
            let event = try registered(account, in: organization, by: caller)
            guard try store.insert(account, passwordHash: passwordHash, event: event) else {
                throw AuthenticationError.accountExists
            }
            return account
        }
    }

    /// An account as it will be stored.
    func newAccount(
        _ form: RegistrationForm, in organization: Identifier<Organization>
    ) throws(CryptographyError) -> Account {
        try newAccount(
            email: form.email, names: form.names, roles: form.roles, state: .active, createdAt: clock.now(),
            in: organization)
    }

    /// An account with one user, as it will be stored. Its home is the user's organization.
    func newAccount(
        email: EmailAddress, names: PersonNames, roles: RoleSet, state: Account.State, createdAt: Timestamp,
        in organization: Identifier<Organization>
    ) throws(CryptographyError) -> Account {
        let id = try Identifier<Account>(random: random)
        let name = names.displayName(email)
        let user = User(
            id: try Identifier(random: random), organization: organization, account: id, name: name, email: email,
            state: .active, roles: roles.inOrganization, createdAt: createdAt)
        return Account(
            id: id, email: email, name: name, givenName: names.givenName, familyName: names.familyName,
            provider: .credentials, state: state, installationRoles: roles.onInstallation, home: organization,
            createdAt: createdAt, users: [user])
    }

    /// The entry for the audit log about a new account.
    func registered(
        _ account: Account, in organization: Identifier<Organization>, by caller: Caller
    ) throws(AuthenticationError) -> AuditEvent {
        try event(
            .accountRegistered, by: caller, account: account.id, organization: organization,
            details: ["roles": account.roles.names.joined(separator: " ")])
    }
}
