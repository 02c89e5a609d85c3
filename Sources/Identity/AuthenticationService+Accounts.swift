import Cryptography

/// What shall be changed of an account. What is `nil` stays.
public struct AccountUpdate: Sendable, Equatable {
    /// All roles that it shall hold, in the organization in which the caller acts and on the installation. Without one in
    /// the organization those there stay.
    public var roles: RoleSet?
    /// Whether it may be used.
    public var state: Account.State?

    /// Makes an update from its parts.
    public init(roles: RoleSet? = nil, state: Account.State? = nil) {
        self.roles = roles
        self.state = state
    }

    /// Checks all that was sent.
    ///
    /// - Parameters:
    ///   - roles: the names; `nil` for one that is wrong already.
    ///   - faults: what was found wrong already.
    /// - Throws: `AuthenticationError.invalidInput` with every fault, these included.
    public init(
        roles: [String?]?, state: String?, faults: [InputFault] = []
    ) throws(AuthenticationError) {
        var faults = faults
        self.roles = roles.map { RoleSet(names: $0, "roles", &faults) }
        self.state = Account.State(optional: state, "state", &faults)
        guard faults.isEmpty else { throw .invalidInput(faults) }
    }
}

/// Accounts as those see and change them who manage them.
///
/// Who administers the installation sees all accounts; everybody else those with a user in the organization in which
/// they act, and of them that user only. State, password and roles on the installation are changed by the account's home,
/// which can also erase it.
extension AuthenticationService {
    /// The accounts that fit a filter, the oldest first.
    ///
    /// - Throws: `.organizationForbidden`, `.store`.
    public func accounts(
        _ filter: AccountFilter, _ page: PageRequest, by caller: Caller
    ) throws(AuthenticationError) -> Page<Account> {
        var filter = filter
        if !caller.administersInstallation { filter.organization = try caller.requireOrganization() }
        let accounts = try readList(for: caller) { [filter] store throws(StoreError) in
            try store.accounts(filter, page)
        }
        return accounts.map { caller.view(of: $0) ?? $0 }
    }

    /// An account.
    ///
    /// - Throws: `.notFound`, `.store`.
    public func account(_ id: Identifier<Account>, by caller: Caller) throws(AuthenticationError) -> Account {
        let account = try AuthenticationError.wrapping { try store.account(id) }
        guard let view = account.flatMap(caller.view) else { throw .notFound("an account \(id)") }
        return view
    }

    /// Changes roles and state of an account. An inactive one has no sessions and tokens.
    ///
    /// - Throws: `.notFound`, `.invalidInput`, `.roleNotGrantable`, `.accountAboveOwn`, `.ownAccount`, `.lastOwner`,
    ///   `.store`, `.cryptography`.
    public func update(
        _ id: Identifier<Account>, _ update: AccountUpdate, by caller: Caller
    ) throws(AuthenticationError) -> Account {
        let account = try change(.account(id)) { account, _ throws(AuthenticationError) in
            guard caller.view(of: account) != nil else { throw .notFound("an account \(id)") }
            var change = change(of: account, by: caller)
            if let roles = update.roles { try set(roles, in: &change, by: caller) }
            if let state = update.state { try set(state, in: &change, by: caller) }
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

    /// Gives an account a new random password, which must be changed at the next login, ends its sessions and revokes its
    /// API tokens. Where its home does that, its users elsewhere become inactive, so that whoever has the password can't
    /// act there.
    ///
    /// - Returns: the password: the only moment in which it is known.
    /// - Throws: `.notFound`, `.accountAboveOwn`, `.ownAccount`, `.overloaded`, `.store`, `.cryptography`.
    public func resetPassword(
        of id: Identifier<Account>, by caller: Caller
    ) throws(AuthenticationError) -> String {
        let present = try AuthenticationError.wrapping { try store.account(id) }
        guard let present, caller.view(of: present) != nil else { throw .notFound("an account \(id)") }
        // Before the hash, so that nobody gets that work done who may not; and again where it counts.
        try caller.require(isNotOwn: present)
        try caller.require(mayActOn: present)
        let (password, passwordHash) = try AuthenticationError.wrapping {
            var bytes = try random.bytes(Self.generatedPasswordBytes)
            let password = Base62.encode(&bytes, digits: Self.generatedPasswordDigits)
            return (password, try hasher.hash(Password(utf8: Array(password.utf8))))
        }
        _ = try change(.account(id)) { account, _ throws(AuthenticationError) in
            try caller.require(mayActOn: account)
            var change = change(of: account, by: caller)
            change.passwordHash = passwordHash
            change.account.mustChangePassword = true
            change.endedSessions = .all
            change.endsAPIToken = { _ in true }
            change.events = [try event(.passwordReset, by: caller, account: id, organization: account.home)]
            try suspendElsewhere(&change, by: caller)
            return change
        }
        return password
    }

    /// Makes the users of an account in other organizations than its home inactive, unless an administrator of the
    /// installation makes the change.
    private func suspendElsewhere(_ change: inout AccountEdit, by caller: Caller) throws(AuthenticationError) {
        guard !caller.administersInstallation else { return }
        for (index, user) in change.account.users.enumerated()
        where user.organization != change.account.home && user.state == .active {
            change.account.users[index].state = .inactive
            change.events.append(
                try event(
                    .userStateChanged, by: caller, account: user.account, target: "\(user.id)",
                    organization: user.organization,
                    details: ["to": Account.State.inactive.rawValue, "reason": AuditEvent.Kind.passwordReset.rawValue]))
        }
    }

    /// 119 random bits in 20 digits.
    private static let generatedPasswordBytes = 14
    private static let generatedPasswordDigits = 20

    /// Erases an account and all that belongs to it. The audit log keeps its identifier.
    ///
    /// - Throws: `.notFound`, `.accountAboveOwn`, `.lastOwner`, `.store`, `.cryptography`.
    public func erase(_ id: Identifier<Account>, by caller: Caller) throws(AuthenticationError) {
        _ = try change(.account(id)) { account, _ throws(AuthenticationError) in
            guard caller.view(of: account) != nil else { throw .notFound("an account \(id)") }
            try caller.require(mayActOn: account)
            var change = change(of: account, by: caller)
            change.erases = true
            change.endedSessions = .all
            change.endsAPIToken = { _ in true }
            // An organization that loses its user of the account has that in its own log.
            for user in account.users where user.organization != account.home {
                change.events.append(
                    try event(
                        .userRemoved, by: caller, account: id, target: "\(user.id)", organization: user.organization))
            }
            change.events.append(try event(.accountErased, by: caller, account: id, organization: account.home))
            return change
        }
    }
}

extension Caller {
    /// What the caller may see of an account; `nil` where that is nothing.
    func view(of account: Account) -> Account? {
        if administersInstallation { return account }
        guard let user = account.user(in: organization) else { return nil }
        var view = account
        view.users = [user]
        return view
    }

    /// The roles of an account that count where the caller acts.
    fileprivate func roles(of account: Account) -> RoleSet {
        account.installationRoles.union(account.user(in: organization)?.roles ?? [])
    }
}
