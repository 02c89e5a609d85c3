/// Auth0's exports: an object on each line, with the members of the export with password hashes, which the vendor's
/// support makes (`_id`, `alt_id`, `email`, `identifiers`, `passwordHash`), and those of an export job (`user_id`,
/// `name`, `created_at`, …).
///
/// The identifier is the one by which applications know people: `auth0|` and the `alt_id`, or else the `_id`.
struct Auth0: ImportSource {
    let options: ImportOptions
    let framing = ImportFraming.objects(of: nil)

    func read(_ record: ImportRecord) throws(AuthenticationError) -> ImportResult {
        var fields = try ImportFields(record)
        var account = ForeignAccount()
        account.externalID = identifier(&fields)
        account.loginName = fields.text("username")
        account.email = fields.text("email") ?? address(fields.objects("identifiers"))
        account.passwordHash = fields.text("passwordHash")
        // The vendor's default is the address.
        account.name = fields.text("name").flatMap { name in
            account.email.map { $0.utf8.elementsEqual(name.utf8) } == true ? nil : name
        }
        account.givenName = fields.text("given_name")
        account.familyName = fields.text("family_name")
        account.isDisabled = fields.flag("blocked") == true
        account.createdAt = fields.moment("created_at", Timestamp.init(ofDatabase:))
        account.faults += fields.faults
        return try account.result(options)
    }

    private func identifier(_ fields: inout ImportFields) -> String? {
        if let id = fields.text("user_id") { return id }
        if let id = fields.text("alt_id") { return "auth0|\(id)" }
        guard var object = fields.object("_id") else { return nil }
        let id = object.text("$oid")
        fields.note(object.faults)
        return id.map { "auth0|\($0)" }
    }

    /// The address in the list of names, where some objects have it alone.
    private func address(_ names: [ImportFields]) -> String? {
        for var name in names where name.text("type") == "email" { return name.text("value") }
        return nil
    }
}
