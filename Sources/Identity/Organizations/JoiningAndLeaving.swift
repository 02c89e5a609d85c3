/// The beginning and the end of memberships. An account remains in its home organization as long as that exists.
extension AuthenticationService {
    /// Makes the caller's own account a member of an organization that lets it join by itself.
    ///
    /// - Throws: `.notFound`, `.joinRefused`, `.alreadyMember`, `.store`, `.cryptography`.
    public func join(_ id: Identifier<Organization>, by caller: Caller) throws(AuthenticationError) -> User {
        let account = try ownAccount(of: caller)
        let organization = try organization(named: "\(id)")
        // Before anything is locked, since matching takes up to some milliseconds.
        guard organization.autoJoin, organization.emailPattern?.matches(account.email) == true else {
            throw .joinRefused
        }
        return try addUser(
            roles: organization.defaultRoles, name: nil, of: account.id, in: id, by: caller,
            check: { present throws(AuthenticationError) in
                // An operator may have changed the address meanwhile.
                guard present.email == account.email else { throw .joinRefused }
            })
    }

    /// Removes a user from the organization in which the caller acts, with its API tokens there.
    ///
    /// - Throws: `.notFound`, `.accountAboveOwn`, `.homeUser`, `.lastOwner`, `.organizationForbidden`, `.store`,
    ///   `.cryptography`.
    public func removeUser(_ id: Identifier<User>, by caller: Caller) throws(AuthenticationError) {
        let organization = try caller.requireOrganization()
        _ = try change(.user(id)) { account, _ throws(AuthenticationError) in
            guard let user = account.user(in: organization), user.id == id else { throw .notFound("a user \(id)") }
            try caller.require(mayActOn: user, of: account)
            return try removal(of: user, from: account, by: caller)
        }
    }

    /// Removes the caller's own account from an organization. An inactive user can't leave: it could return by joining.
    ///
    /// - Throws: `.notFound`, `.homeUser`, `.lastOwner`, `.joinWouldRaise`, `.store`, `.cryptography`.
    public func leave(_ organization: Identifier<Organization>, by caller: Caller) throws(AuthenticationError) {
        let own = try ownAccount(of: caller)
        let left = try withStore { store throws(StoreError) in try store.organization("\(organization)") }
        _ = try change(.account(own.id)) { account, _ throws(AuthenticationError) in
            guard let user = account.user(in: organization), user.state == .active else {
                throw .notFound("a membership of \(organization)")
            }
            // Otherwise a user whose role was lowered could regain the default role.
            if let left, left.autoJoin, !user.roles.mayGrant(left.defaultRoles) { throw .joinWouldRaise }
            return try removal(of: user, from: account, by: caller)
        }
    }

    private func removal(
        of user: User, from account: Account, by caller: Caller
    ) throws(AuthenticationError) -> AccountEdit {
        guard user.organization != account.home else { throw .homeUser }
        var change = AccountEdit(
            account,
            events: [
                try event(
                    .userRemoved, by: caller, account: account.id, target: "\(user.id)",
                    organization: user.organization, details: ["roles": user.roles.names.joined(separator: " ")])
            ], ending: endings(by: caller, account: account.id, organization: user.organization))
        change.account.users.removeAll { $0.id == user.id }
        change.organization = user.organization
        change.endsAPIToken = { $0.organization == user.organization }
        return change
    }
}
