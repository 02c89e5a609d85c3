/// WordPress's users, as `wp user list --fields=…` prints them as JSON or CSV, or MySQL's client between tabulators:
/// `ID`, `user_login`, `user_email`, `user_pass`, `display_name`, `user_registered` (in UTC), and if they are there
/// `first_name`, `last_name` and `roles`. Those with the role `administrator` are administrators. Those that a network
/// of sites has marked as `spam` or `deleted` are inactive.
struct WordPress: ImportSource {
    let options: ImportOptions
    let framing = ImportFraming.rows(columns: ["ID", "user_login", "user_pass", "user_email"])

    func read(_ record: ImportRecord) throws(AuthenticationError) -> ImportResult {
        var fields = try ImportFields(record)
        var account = ForeignAccount()
        account.externalID = fields.text("ID")
        account.loginName = fields.text("user_login")
        account.email = fields.text("user_email")
        account.passwordHash = fields.text("user_pass")
        account.name = fields.text("display_name")
        account.givenName = fields.text("first_name")
        account.familyName = fields.text("last_name")
        account.isAdministrator = fields.text("roles")?.split(separator: ",").contains("administrator") == true
        let isSpam = fields.flag("spam") == true
        account.isDisabled = fields.flag("deleted") == true || isSpam
        // MySQL's word for no moment.
        let registered = fields.text("user_registered")
        if registered?.hasPrefix("0000-") != true {
            account.createdAt = fields.moment("user_registered", Timestamp.init(ofDatabase:))
        }
        account.faults = fields.faults
        // An export without the column would leave everybody without a password.
        if !fields.has("user_pass") { account.faults.noteMissing("user_pass") }
        return try account.result(options)
    }
}
