/// Changes to an account. `nil` leaves a property as it is.
///
///     let account = try service.update(id, AccountForm(state: .inactive), by: caller)
public struct AccountForm: Sendable, Equatable {
    /// All roles of the account in the organization in which the caller acts and on the installation. Roles in the
    /// organization stay as they are if this has none.
    public var roles: RoleSet?
    /// The state.
    public var state: Account.State?
    /// The display name, checked.
    public private(set) var name: String?
    /// The email address.
    public private(set) var email: EmailAddress?

    /// Creates a form from its parts.
    public init(roles: RoleSet? = nil, state: Account.State? = nil) {
        self.roles = roles
        self.state = state
    }

    /// Creates a form that may give the account another name and another email address.
    ///
    /// - Parameter faults: the faults found so far.
    /// - Throws: `AuthenticationError.invalidInput` with all faults, including `faults`.
    public init(
        roles: RoleSet? = nil, state: Account.State? = nil, name: String?, email: EmailAddress?,
        faults: [InputFault] = []
    ) throws(AuthenticationError) {
        self.init(roles: roles, state: state)
        var faults = faults
        self.name = name.flatMap { InputFault.requiredName($0, "name", &faults) }
        self.email = email
        guard faults.isEmpty else { throw .invalidInput(faults) }
    }
}

// State, password and roles on the installation belong to the account's home, which can also erase the account.
extension AuthenticationService {
    /// Changes the roles, state, name and email address of an account. One that becomes inactive loses its sessions and
    /// tokens. With another address the account logs in by that one from then on; its sessions and tokens remain.
    ///
    /// A higher role and an activation ask for a fresher session than a lower role, and that for a fresher one than a
    /// deactivation.
    ///
    /// - Throws: `.notFound`, `.invalidInput`, `.roleNotGrantable`, `.accountAboveOwn`, `.ownAccount`,
    ///   `.reauthenticationRequired`, `.lastOwner`, `.accountExists`, `.store`, `.cryptography`.
    public func update(
        _ id: Identifier<Account>, _ form: AccountForm, by caller: Caller
    ) throws(AuthenticationError) -> Account {
        let account = try change(.account(id)) { account, _ throws(AuthenticationError) in
            guard caller.view(of: account) != nil else { throw .notFound("an account \(id)") }
            var change = change(of: account, by: caller)
            if let roles = form.roles { try set(roles, in: &change, by: caller) }
            if let state = form.state { try set(state, in: &change, by: caller) }
            try set(name: form.name, email: form.email, in: &change, by: caller)
            // Behind all checks of permission, so that a stale session learns nothing.
            if let level = form.freshness(from: account, by: caller) { try require(level, of: caller) }
            return change.events.isEmpty ? nil : change
        }
        return caller.view(of: account) ?? account
    }

    private func set(
        _ roles: RoleSet, in change: inout AccountEdit, by caller: Caller
    ) throws(AuthenticationError) {
        try caller.require(mayGrant: roles)
        let old = change.account
        try caller.require(isNotOwn: old)
        if roles.onInstallation != old.installationRoles { try caller.require(mayActOn: old) }
        if let index = old.users.firstIndex(where: { $0.organization == caller.organization }) {
            try caller.require(mayActOn: old.users[index], of: old)
            if !roles.inOrganization.isEmpty { change.account.users[index].roles = roles.inOrganization }
        } else {
            try caller.require(mayGrant: old.installationRoles)
            guard roles.inOrganization.isEmpty else {
                throw .invalidInput([
                    InputFault("roles", .outOfRange, "The account has no user in the organization to hold such roles.")
                ])
            }
        }
        change.account.installationRoles = roles.onInstallation
        change.organization = caller.organization
        guard change.account != old else { return }
        change.endsAPIToken = Self.losesPower(old, change.account)
        change.events.append(
            try event(
                .accountRolesChanged, by: caller, account: old.id,
                target: old.user(in: caller.organization).map { "\($0.id)" },
                details: [
                    "from": caller.roles(of: old).names.joined(separator: " "),
                    "to": caller.roles(of: change.account).names.joined(separator: " "),
                ]))
    }

    private func set(
        _ state: Account.State, in change: inout AccountEdit, by caller: Caller
    ) throws(AuthenticationError) {
        try caller.require(isNotOwn: change.account)
        try caller.require(mayActOn: change.account)
        guard change.account.state != state else { return }
        change.account.state = state
        if state == .inactive {
            change.endedSessions = .all
            change.endsAPIToken = { _ in true }
        }
        change.events.append(
            try event(
                .accountStateChanged, by: caller, account: change.account.id, organization: change.account.home,
                details: ["to": state.rawValue]))
    }

    /// The entry in the audit log names what has changed, and no value: neither a name nor an address.
    private func set(
        name: String?, email: EmailAddress?, in change: inout AccountEdit, by caller: Caller
    ) throws(AuthenticationError) {
        let old = change.account
        if let name { change.account.rename(name) }
        if let email { change.account.readdress(email) }
        let changed = [
            change.account.name == old.name ? nil : "name", change.account.email == old.email ? nil : "email",
        ].compactMap(\.self)
        guard !changed.isEmpty else { return }
        try caller.require(mayActOn: old)
        change.events.append(
            try event(
                .accountChanged, by: caller, account: old.id, organization: old.home,
                details: ["changed": changed.joined(separator: " ")]))
    }

    /// Erases an account and all that belongs to it. Its identifier remains in the audit log.
    ///
    /// - Throws: `.notFound`, `.accountAboveOwn`, `.lastOwner`, `.store`, `.cryptography`.
    public func erase(_ id: Identifier<Account>, by caller: Caller) throws(AuthenticationError) {
        _ = try change(.account(id)) { account, _ throws(AuthenticationError) in
            guard caller.view(of: account) != nil else { throw .notFound("an account \(id)") }
            try caller.require(mayActOn: account)
            return try erasure(of: account, by: caller)
        }
    }

    /// Erases the caller's own account and all that belongs to it.
    ///
    /// - Throws: `.reauthenticationRequired`, `.notFound`, `.lastOwner`, `.store`, `.cryptography`.
    public func eraseOwnAccount(by caller: Caller) throws(AuthenticationError) {
        let principal = try caller.requirePrincipal()
        try require(.high, of: principal)
        _ = try change(.account(principal.account)) { account, _ throws(AuthenticationError) in
            try erasure(of: account, by: caller)
        }
    }

    private func erasure(of account: Account, by caller: Caller) throws(AuthenticationError) -> AccountEdit {
        var change = change(of: account, by: caller)
        change.erases = true
        change.endedSessions = .all
        change.endsAPIToken = { _ in true }
        // An organization that loses its user of the account records that in its own log.
        for user in account.users where user.organization != account.home {
            change.events.append(
                try event(
                    .userRemoved, by: caller, account: account.id, target: "\(user.id)",
                    organization: user.organization))
        }
        change.events.append(try event(.accountErased, by: caller, account: account.id, organization: account.home))
        return change
    }
}

extension AccountForm {
    /// The freshness that the changes to an account ask for; `nil` for none.
    fileprivate func freshness(from old: Account, by caller: Caller) -> Freshness? {
        let ofState: Freshness? = state.map { $0 == .active ? .high : .low }
        guard let roles else { return ofState }
        let isHigher = !caller.roles(of: old).effective.mayGrant(roles)
        return isHigher || ofState == .high ? .high : .medium
    }
}

extension Caller {
    /// The roles of an account that count in the caller's organization.
    fileprivate func roles(of account: Account) -> RoleSet {
        account.installationRoles.union(account.user(in: organization)?.roles ?? [])
    }
}
