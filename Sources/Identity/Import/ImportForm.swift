import Cryptography

/// The data of an account of another system, checked.
///
///     let form = try ImportForm(
///         email: EmailAddress("ann@example.com"), passwordHash: "$2b$12$…", roles: [.appMember])
///     try accounts.add(form, line: 1)
public struct ImportForm: Sendable {
    /// The email address.
    public let email: EmailAddress
    /// The password hash as it is stored; `nil` for an account without password.
    let passwordHash: String?
    let names: PersonNames
    let roles: RoleSet
    let state: Account.State
    let createdAt: Timestamp?
    /// The identifier in the other system; `nil` if it has none.
    let externalID: String?
    /// The slug or identifier of the organization; `nil` for the import's.
    let organization: String?

    /// The maximum length of an identifier of another system in bytes.
    public static let maximumExternalIDLength = 255

    /// Checks the data of an account.
    ///
    /// - Parameters:
    ///   - email: `nil` if it is missing or not valid.
    ///   - passwordHash: the hash in the other system's form; `.some(nil)` for an account without password, which has
    ///     no login until one is set. It is required, so that a misspelled member name is noticed.
    ///   - state: `nil` for active.
    ///   - externalID: the identifier in the other system: 1 to 255 bytes without control characters.
    ///   - organization: slug or identifier; `nil` for the import's.
    ///   - faults: the faults found so far; their fields are not also reported as missing.
    /// - Throws: `AuthenticationError.invalidInput` with all faults, including `faults`.
    public init(
        email: EmailAddress?, passwordHash: String??, name: String? = nil, givenName: String? = nil,
        familyName: String? = nil, roles: [Role] = [], state: Account.State? = nil, createdAt: Timestamp? = nil,
        externalID: String? = nil, organization: String? = nil, faults: [InputFault] = []
    ) throws(AuthenticationError) {
        var faults = faults
        if email == nil { faults.noteMissing("email") }
        if passwordHash == nil { faults.noteMissing("password_hash") }
        self.passwordHash = passwordHash.flatMap(\.self).flatMap { text in
            faults.value(of: "password_hash") { () throws(ValueFault) in try Self.encodedHash(text) }
        }
        self.externalID = externalID.flatMap { text in
            faults.value(of: "external_id") { () throws(ValueFault) in try Self.checkedExternalID(text) }
        }
        names = PersonNames(name: name, givenName: givenName, familyName: familyName, &faults)
        guard faults.isEmpty, let email else { throw .invalidInput(faults) }
        self.email = email
        self.roles = RoleSet(roles).withDefault
        self.state = state ?? .active
        self.createdAt = createdAt
        self.organization = organization
    }

    static func checkedExternalID(_ text: String) throws(ValueFault) -> String {
        guard (1...maximumExternalIDLength).contains(text.utf8.count) else {
            throw ValueFault(
                text.isEmpty ? .tooShort : .tooLong, "An identifier has 1 to \(maximumExternalIDLength) bytes.")
        }
        guard !text.unicodeScalars.contains(where: \.breaksLines) else {
            throw ValueFault(.invalidCharacter, "An identifier holds no control characters.")
        }
        return text
    }

    private static func encodedHash(_ text: String) throws(ValueFault) -> String {
        do throws(PasswordHash.Fault) {
            return try PasswordHash(importing: text).encoded
        } catch {
            throw ValueFault(.unusableHash, error.description)
        }
    }
}
