/// Django's `manage.py dumpdata auth.user`, or of the project's own model of users: an array of objects, or one on each
/// line, with `model`, `pk` and `fields`. Objects without a password, such as groups, are not accounts.
///
/// A password that begins with `!` is none (`set_unusable_password`). Superusers are administrators.
struct Django: ImportSource {
    let options: ImportOptions
    let framing = ImportFraming.objects(of: nil)

    func read(_ record: ImportRecord) throws(AuthenticationError) -> ImportResult {
        var object = try ImportFields(record)
        guard object.has("model"), var fields = object.object("fields") else {
            return .refused(
                [InputFault("", .required, "This is not an object of dumpdata, with model, pk and fields.")],
                email: nil, externalID: nil)
        }
        // Django's AbstractBaseUser has both; other models may have a password too, such as a sign-up that waits.
        guard fields.has("password"), fields.has("last_login") else { return .skipped }
        var account = ForeignAccount()
        account.externalID = object.text("pk")
        account.loginName = fields.text("username")
        account.email = fields.text("email")
        account.passwordHash = fields.text("password").flatMap { $0.utf8.first == UInt8(ascii: "!") ? nil : $0 }
        account.givenName = fields.text("first_name")
        account.familyName = fields.text("last_name")
        account.isDisabled = fields.flag("is_active") == false
        account.isAdministrator = fields.flag("is_superuser") == true
        account.createdAt = fields.moment("date_joined", Timestamp.init(ofDatabase:))
        account.faults = object.faults + fields.faults
        return try account.result(options)
    }
}
