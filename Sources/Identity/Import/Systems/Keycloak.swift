/// Keycloak's export of a realm with its users (`kc.sh export`): an object whose member `users` has them, each with its
/// `credentials`. Service accounts are not accounts here: they are programs, which have API tokens.
///
/// A user without a password credential, as of a federated directory or a social login, has none here.
struct Keycloak: ImportSource {
    let options: ImportOptions
    let framing = ImportFraming.objects(of: "users")

    func read(_ record: ImportRecord) throws(AuthenticationError) -> ImportResult {
        var fields = try ImportFields(record)
        if fields.has("serviceAccountClientId") { return .skipped }
        guard fields.has("username") else {
            return .refused(
                [InputFault("", .required, "This is not a user. Export one realm, with its users.")],
                email: nil, externalID: nil)
        }
        var account = ForeignAccount()
        account.externalID = fields.text("id")
        account.loginName = fields.text("username")
        account.email = fields.text("email")
        account.givenName = fields.text("firstName")
        account.familyName = fields.text("lastName")
        account.isDisabled = fields.flag("enabled") != true
        account.createdAt = fields.moment("createdTimestamp", Timestamp.init(milliseconds:))
        for var credential in fields.objects("credentials") where credential.text("type") == "password" {
            account.passwordHash = passwordHash(&credential, &account.faults)
            break
        }
        account.faults += fields.faults
        return try account.result(options)
    }

    /// The hash of a credential as a PHC string.
    private func passwordHash(_ credential: inout ImportFields, _ faults: inout [InputFault]) -> String? {
        guard var secret = credential.embeddedObject("secretData"),
            var data = credential.embeddedObject("credentialData")
        else {
            let detail = "The credential has no secretData and credentialData, which Keycloak has since version 9."
            faults += credential.faults.isEmpty ? [InputFault("credentials", .unusableHash, detail)] : credential.faults
            return nil
        }
        defer { faults += secret.faults + data.faults }
        guard let algorithm = data.text("algorithm"), let iterations = data.text("hashIterations"),
            let salt = secret.text("salt"), let value = secret.text("value"),
            let head = head(algorithm, iterations: iterations, data.object("additionalParameters"))
        else {
            faults.append(
                InputFault(
                    "credentials", .unusableHash,
                    "The hash must be of pbkdf2-sha256, pbkdf2-sha512, pbkdf2 or argon2 (of the type id)."))
            return nil
        }
        return "$\(head)$\(salt)$\(value)"
    }

    /// The algorithm and its parameters as in a PHC string.
    private func head(_ algorithm: String, iterations: String, _ more: ImportFields?) -> String? {
        switch algorithm {
        case "pbkdf2": return "pbkdf2-sha1$i=\(iterations)"
        case "pbkdf2-sha256", "pbkdf2-sha512": return "\(algorithm)$i=\(iterations)"
        case "argon2":
            guard let more, more.firstText("type") == "id", more.firstText("version") == "1.3",
                let memory = more.firstText("memory"), let lanes = more.firstText("parallelism")
            else { return nil }
            return "argon2id$v=19$m=\(memory),t=\(iterations),p=\(lanes)"
        default: return nil
        }
    }
}
