/// How an account ceases to be a member of an organization. It stays in its home for as long as it is there.
extension AuthenticationService {
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

    /// Takes the caller's own account out of an organization. An inactive user can't leave, else it could come back by
    /// joining.
    ///
    /// - Throws: `.notFound`, `.homeUser`, `.lastOwner`, `.joinWouldRaise`, `.store`, `.cryptography`.
    public func leave(_ organization: Identifier<Organization>, by caller: Caller) throws(AuthenticationError) {
        let own = try ownAccount(of: caller)
        let place = try AuthenticationError.wrapping { try store.organization("\(organization)") }
        _ = try change(.account(own.id)) { account, _ throws(AuthenticationError) in
            guard let user = account.user(in: organization), user.state == .active else {
                throw .notFound("a membership of \(organization)")
            }
            // Else whoever was given a lower role could have the usual one back.
            if let place, place.autoJoin, !user.roles.mayGrant(place.defaultRoles) { throw .joinWouldRaise }
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
