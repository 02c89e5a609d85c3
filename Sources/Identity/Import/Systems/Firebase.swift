/// Firebase's `firebase auth:export FILE.json`: an object whose member `users` has them. The parameters of the
/// project's hashes come from its console; without them no password can be checked.
///
/// A user without a password, as of a social login, has none here.
struct Firebase: ImportSource {
    let options: ImportOptions
    let framing = ImportFraming.objects(of: "users")

    func read(_ record: ImportRecord) throws(AuthenticationError) -> ImportResult {
        var fields = try ImportFields(record)
        var account = ForeignAccount()
        account.externalID = fields.text("localId")
        account.email = fields.text("email")
        account.name = fields.text("displayName")
        account.isDisabled = fields.flag("disabled") == true
        account.createdAt = fields.moment("createdAt", Timestamp.init(milliseconds:))
        if let hash = fields.text("passwordHash"), !hash.isEmpty {
            if let parameters = options.firebase, let salt = fields.text("salt") {
                account.passwordHash = parameters.encoded(hash: hash, salt: salt)
            } else {
                let detail =
                    options.firebase == nil
                    ? "The hash needs the parameters of the project: give --hash-config." : "The hash has no salt."
                account.faults.append(InputFault("passwordHash", .unusableHash, detail))
            }
        }
        account.faults += fields.faults
        return try account.result(options)
    }
}
