/// Changes to one's own account, checked. `nil` leaves a property as it is; an inner `nil` clears it.
///
///     let form = try OwnAccountForm(
///         currentPassword: old, newPassword: new, email: EmailAddress(principal.email), policy: policy)
///     let account = try service.updateOwnAccount(form, by: caller)
public struct OwnAccountForm: Sendable {
    /// The current and the new password.
    public typealias PasswordPair = (current: Password, new: Password)

    /// The display name.
    public let name: String?
    /// The given name.
    public let givenName: String??
    /// The family name.
    public let familyName: String??
    /// The passwords; `nil` to keep the current one.
    public let passwords: PasswordPair?
    /// True if all API tokens of the account end along with the old password.
    public let revokesTokens: Bool

    /// Checks the changes.
    ///
    /// - Parameters:
    ///   - email: the account's address, which the password must not equal.
    ///   - faults: the faults found so far; their fields are not also reported as missing.
    /// - Throws: `AuthenticationError.invalidInput` with all faults, including `faults`; `.breachedPasswords`.
    public init(
        name: String? = nil, givenName: String?? = nil, familyName: String?? = nil, currentPassword: Password? = nil,
        newPassword: Password? = nil, revokesTokens: Bool? = nil, email: EmailAddress?, policy: PasswordPolicy,
        faults: [InputFault] = []
    ) throws(AuthenticationError) {
        var faults = faults
        self.name = name.flatMap { InputFault.requiredName($0, "name", &faults) }
        self.givenName = givenName.map { $0.flatMap { InputFault.optionalName($0, "given_name", &faults) } }
        self.familyName = familyName.map { $0.flatMap { InputFault.optionalName($0, "family_name", &faults) } }
        if let newPassword {
            faults += try policy.faults(in: newPassword, email: email, "new_password")
            if currentPassword == nil { faults.noteMissing("current_password") }
            if let currentPassword, currentPassword.isEqual(to: newPassword) {
                faults.append(InputFault("new_password", .unchanged, "The new password is the present one."))
            }
        } else if currentPassword != nil || revokesTokens != nil {
            faults.noteMissing("new_password")
        }
        guard faults.isEmpty else { throw .invalidInput(faults) }
        self.revokesTokens = revokesTokens ?? false
        if let currentPassword, let newPassword {
            passwords = (currentPassword, newPassword)
        } else {
            passwords = nil
        }
    }

    /// Applies the names.
    func apply(to account: inout Account) {
        if let name {
            // A user without a name of its own has the account's.
            for index in account.users.indices where account.users[index].name == account.name {
                account.users[index].name = name
            }
            account.name = name
        }
        if let givenName { account.givenName = givenName }
        if let familyName { account.familyName = familyName }
    }
}
