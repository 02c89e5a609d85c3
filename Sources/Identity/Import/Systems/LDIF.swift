import Cryptography

/// The entries of a directory, as `slapcat` and `ldapsearch -LLL` write them (RFC 2849): people with `mail`,
/// `userPassword`, `uid`, `cn`, `displayName`, `givenName`, `sn` and `createTimestamp`. Entries without an address, a
/// password and a user name, such as organizational units and groups, are not accounts.
///
/// An account that a directory has locked (`pwdAccountLockedTime` of OpenLDAP, `nsAccountLock` of 389 Directory Server)
/// is inactive. Of several passwords the first counts that can be checked here.
struct LDIF: ImportSource {
    let options: ImportOptions
    let framing = ImportFraming.entries(attributes: [
        "uid", "mail", "userpassword", "cn", "displayname", "givenname", "sn", "createtimestamp",
        "pwdaccountlockedtime", "nsaccountlock", "changetype",
    ])

    func read(_ record: ImportRecord) throws(AuthenticationError) -> ImportResult {
        var fields = try ImportFields(record)
        guard let name = fields.text("dn") else {
            return .refused([InputFault("dn", .required, "The entry has no dn.")], email: nil, externalID: nil)
        }
        guard !fields.has("changetype") else {
            return .refused(
                [InputFault("changetype", .invalidFormat, "This is a change, not an entry.")], email: nil,
                externalID: name)
        }
        guard ["mail", "userpassword", "uid"].contains(where: fields.has) else { return .skipped }
        var account = ForeignAccount()
        account.loginName = fields.text("uid")
        account.externalID = account.loginName ?? name
        account.email = fields.text("mail")
        account.passwordHash = passwordHash(fields.texts("userpassword"))
        account.name = fields.text("displayname") ?? fields.text("cn")
        account.givenName = fields.text("givenname")
        account.familyName = fields.text("sn")
        account.isDisabled = isLocked(&fields)
        account.createdAt = fields.moment("createtimestamp", Timestamp.init(generalized:))
        account.faults = fields.faults
        return try account.result(options)
    }

    private func passwordHash(_ values: [String]) -> String? {
        values.first { (try? PasswordHash(importing: $0)) != nil } ?? values.first
    }

    private func isLocked(_ fields: inout ImportFields) -> Bool {
        fields.has("pwdaccountlockedtime") || fields.text("nsaccountlock").map { $0.lowercased() == "true" } ?? false
    }
}
