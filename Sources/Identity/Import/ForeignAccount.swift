/// An account as another system has it, before it is checked.
///
///     var account = ForeignAccount()
///     account.loginName = "ann"
///     account.passwordHash = "$2y$10$…"
///     let result = try account.result(options)
struct ForeignAccount {
    /// The identifier in the other system.
    var externalID: String?
    /// The name by which its owner logs in there, which may be an email address.
    var loginName: String?
    /// The email address; blank is none.
    var email: String?
    /// The password hash, in a form that `PasswordHash(importing:)` reads; `nil` for an account without password.
    var passwordHash: String?
    var name: String?
    var givenName: String?
    var familyName: String?
    /// True if nobody may log in to it there.
    var isDisabled = false
    /// True for an administrator of the other system.
    var isAdministrator = false
    var createdAt: Timestamp?
    /// The faults found so far.
    var faults: [InputFault] = []

    /// Checks the account.
    func result(_ options: ImportOptions) throws(AuthenticationError) -> ImportResult {
        var faults = faults
        let address = address(options, &faults)
        let administratorRole = isAdministrator ? options.administratorRole : nil
        let externalID = externalID.map { options.idPrefix + $0 }
        return try ImportResult(email: address, externalID: externalID) { () throws(AuthenticationError) in
            try ImportForm(
                email: address, passwordHash: .some(passwordHash), name: name, givenName: givenName,
                familyName: familyName, roles: options.roles + [administratorRole].compactMap(\.self),
                state: isDisabled ? .inactive : .active, createdAt: createdAt,
                externalID: externalID, faults: faults)
        }
    }

    /// The email address: the one it has, a login name that is one, or one made of the login name.
    private func address(_ options: ImportOptions, _ faults: inout [InputFault]) -> EmailAddress? {
        var text = email.flatMap { $0.isBlank ? nil : $0 }
        if text == nil, let loginName {
            let isAddress = loginName.utf8.contains(UInt8(ascii: "@"))
            text = isAddress ? loginName : options.domain.map { "\(loginName)@\($0)" }
        }
        guard let text else {
            faults.append(
                InputFault(
                    "email", .required,
                    loginName == nil
                        ? "The account has no email address."
                        : "The account has no email address: --domain makes one of its user name."))
            return nil
        }
        return faults.value(of: "email") { () throws(ValueFault) in try EmailAddress(input: text) }
    }
}
