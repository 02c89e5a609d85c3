// The users of the organization in which the caller acts.
extension AuthenticationService {
    /// The users, in the order in which they joined.
    ///
    /// - Throws: `.organizationForbidden`, `.tooManyLists`, `.store`.
    public func users(_ page: PageRequest, by caller: Caller) throws(AuthenticationError) -> Page<User> {
        let organization = try caller.requireOrganization()
        return try readList(for: caller) { store throws(StoreError) in try store.users(in: organization, page) }
    }

    /// The user with this identifier.
    ///
    /// - Throws: `.notFound`, `.organizationForbidden`, `.store`.
    public func user(_ id: Identifier<User>, by caller: Caller) throws(AuthenticationError) -> User {
        let organization = try caller.requireOrganization()
        let user = try withStore { store throws(StoreError) in try store.user(id) }
        guard let user, user.organization == organization else { throw .notFound("a user \(id)") }
        return user
    }

    /// The caller's own user.
    ///
    /// - Throws: `.notFound` if the caller acts in the organization without being a member,
    ///   `.organizationForbidden`, `.store`.
    public func ownUser(of caller: Caller) throws(AuthenticationError) -> User {
        _ = try caller.requireOrganization()
        guard let id = caller.principal?.membership?.user else { throw .notFound("such a user") }
        return try user(id, by: caller)
    }

    /// Makes an account a member of the organization.
    ///
    /// Callers who don't administer the installation find only accounts of their own organization: an identifier must
    /// not be enough to learn an address.
    ///
    /// - Throws: `.notFound`, `.alreadyMember`, `.roleNotGrantable`, `.accountAboveOwn`, `.organizationForbidden`,
    ///   `.store`, `.cryptography`.
    public func createUser(
        of account: Identifier<Account>, _ form: UserForm, by caller: Caller
    ) throws(AuthenticationError) -> User {
        let organization = try caller.requireOrganization()
        let roles = form.role.map { RoleSet([$0]) } ?? RegistrationForm.defaultRoles
        try caller.require(mayGrant: roles)
        return try addUser(roles: roles, name: form.name, of: account, in: organization, by: caller) {
            account throws(AuthenticationError) in
            guard caller.administersInstallation || account.home == organization || caller.view(of: account) != nil
            else { throw .notFound("an account \(account.id)") }
            guard caller.roles.mayGrant(account.installationRoles) else { throw .accountAboveOwn }
        }
    }

    /// Adds a user to an account.
    ///
    /// - Parameter check: throws if the account may not have the user.
    func addUser(
        roles: RoleSet, name: String?, of account: Identifier<Account>, in organization: Identifier<Organization>,
        by caller: Caller, check: (Account) throws(AuthenticationError) -> Void
    ) throws(AuthenticationError) -> User {
        let now = clock.now()
        let id: Identifier<User> = try newIdentifier()
        let changed = try change(.account(account)) { account, _ throws(AuthenticationError) in
            try check(account)
            guard account.user(in: organization) == nil else { throw .alreadyMember }
            var change = change(of: account, by: caller)
            change.account.users.append(
                User(
                    id: id, organization: organization, account: account.id, name: name ?? account.name,
                    email: account.email, state: .active, roles: roles, createdAt: now))
            change.events = [
                try event(
                    .userCreated, by: caller, account: account.id, target: "\(id)", organization: organization,
                    details: ["roles": roles.names.joined(separator: " ")])
            ]
            return change
        }
        guard let user = changed.user(in: organization) else { throw .notFound("a user \(id)") }
        return user
    }

    /// Changes the role and name of a user.
    ///
    /// - Throws: `.notFound`, `.roleNotGrantable`, `.accountAboveOwn`, `.reauthenticationRequired`, `.lastOwner`,
    ///   `.organizationForbidden`, `.store`, `.cryptography`.
    public func update(
        _ id: Identifier<User>, _ form: UserForm, by caller: Caller
    ) throws(AuthenticationError) -> User {
        try change(id, by: caller) { user, events throws(AuthenticationError) in
            if let role = form.role {
                let isOther = user.roles != RoleSet([role])
                if isOther { try caller.require(mayGrant: RoleSet([role])) }
                try require(user.roles.mayGrant(RoleSet([role])) ? .medium : .high, of: caller)
            }
            if let role = form.role, user.roles != RoleSet([role]) {
                let details = ["from": user.roles.names.joined(separator: " "), "to": role.rawValue]
                events.append(
                    try event(
                        .accountRolesChanged, by: caller, account: user.account, target: "\(id)", details: details))
                user.roles = RoleSet([role])
            }
            if let name = form.name, user.name != name {
                events.append(try event(.userChanged, by: caller, account: user.account, target: "\(id)"))
                user.name = name
            }
        }
    }

    /// Sets the state of a user. While it is inactive, its API tokens are refused, and its account's sessions can't act
    /// in the organization.
    ///
    /// - Throws: `.notFound`, `.accountAboveOwn`, `.lastOwner`, `.organizationForbidden`, `.store`, `.cryptography`.
    public func set(
        _ state: Account.State, of id: Identifier<User>, by caller: Caller
    ) throws(AuthenticationError) -> User {
        try change(id, by: caller) { user, events throws(AuthenticationError) in
            guard user.state != state else { return }
            events.append(
                try event(
                    .userStateChanged, by: caller, account: user.account, target: "\(id)",
                    details: ["to": state.rawValue]))
            user.state = state
        }
    }

    /// Changes a user of the organization, if `edit` appends an event.
    private func change(
        _ id: Identifier<User>, by caller: Caller,
        _ edit: (inout User, inout [AuditEvent]) throws(AuthenticationError) -> Void
    ) throws(AuthenticationError) -> User {
        let organization = try caller.requireOrganization()
        let changed = try change(.user(id)) { account, _ throws(AuthenticationError) in
            guard let index = account.users.firstIndex(where: { $0.id == id && $0.organization == organization })
            else { throw .notFound("a user \(id)") }
            try caller.require(mayActOn: account.users[index], of: account)
            var change = change(of: account, by: caller)
            change.organization = organization
            try edit(&change.account.users[index], &change.events)
            change.endsAPIToken = Self.losesPower(account, change.account)
            return change.events.isEmpty ? nil : change
        }
        guard let user = changed.user(in: organization) else { throw .notFound("a user \(id)") }
        return user
    }
}
