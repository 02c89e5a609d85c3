/// The table of users of a Rails application with Devise, as CSV with the names of the columns, or as JSON: `id`,
/// `email`, `encrypted_password` (bcrypt), and if they are there `name`, `first_name`, `last_name`, `username`,
/// `created_at`, `locked_at`, `deleted_at` and `admin`.
///
/// A pepper of the application (`config.pepper`) was hashed along with each password, so that none matches here.
struct Devise: ImportSource {
    let options: ImportOptions
    let framing = ImportFraming.rows(columns: ["id", "email", "encrypted_password"])

    func read(_ record: ImportRecord) throws(AuthenticationError) -> ImportResult {
        var fields = try ImportFields(record)
        var account = ForeignAccount()
        account.externalID = fields.text("id")
        account.loginName = fields.text("username")
        account.email = fields.text("email")
        // Devise's default for an account without one, as from a social login, is an empty text.
        account.passwordHash = fields.text("encrypted_password").flatMap { $0.isEmpty ? nil : $0 }
        account.name = fields.text("name")
        account.givenName = fields.text("first_name")
        account.familyName = fields.text("last_name")
        account.isDisabled = fields.isSet("locked_at") || fields.isSet("deleted_at")
        account.isAdministrator = fields.flag("admin") == true
        account.createdAt = fields.moment("created_at", Timestamp.init(ofDatabase:))
        account.faults = fields.faults
        return try account.result(options)
    }
}

extension ImportFields {
    /// Tells whether a field has a value.
    fileprivate mutating func isSet(_ name: String) -> Bool { text(name).map { !$0.isEmpty } ?? false }
}
