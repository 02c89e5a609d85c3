/// An account as another system has it, before it is checked.
///
///     var account = ForeignAccount()
///     account.loginName = "ann"
///     account.passwordHash = "$2y$10$…"
///     let result = try account.result(options)
struct ForeignAccount {
    /// The identifier in the other system.
    var externalID: String?
    /// The name by which its owner logs in there.
    var loginName: String?
    /// True if an operator gives the login names: one that is an email address is its owner's then.
    var hasAssignedName = false
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

    /// The email address: the one it has, or one made of the login name.
    ///
    /// A login name that is an address itself is not enough: people may choose their names, and who chose somebody
    /// else's address would have the account of that address here.
    private func address(_ options: ImportOptions, _ faults: inout [InputFault]) -> EmailAddress? {
        let text: String
        if let email, !email.isBlank {
            text = email
        } else if let loginName, loginName.utf8.contains(UInt8(ascii: "@")) {
            guard hasAssignedName || options.takesNamesAsAddresses else {
                let detail = "The account has no email address, and its owner may have chosen the user name, which is "
                let remedy = "one: --user-name-is-address takes all of these for their owners'."
                faults.append(InputFault("email", .required, detail + remedy))
                return nil
            }
            text = loginName
        } else if let loginName, let domain = options.domain {
            text = "\(loginName)@\(domain)"
        } else {
            let remedy = loginName == nil ? "." : ": --domain makes one of its user name."
            faults.append(InputFault("email", .required, "The account has no email address\(remedy)"))
            return nil
        }
        return faults.value(of: "email") { () throws(ValueFault) in try EmailAddress(input: text) }
    }
}
