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
    /// The slug or identifier of the organization; `nil` for the import's.
    let organization: String?

    /// Checks the data of an account.
    ///
    /// - Parameters:
    ///   - email: `nil` if it is missing or not valid.
    ///   - passwordHash: the hash in the other system's form; `.some(nil)` for an account without password, which has no
    ///     login until a password is set. It is required, so that a misspelled member name is noticed.
    ///   - state: `nil` for active.
    ///   - organization: slug or identifier; `nil` for the import's.
    ///   - faults: the faults found so far; their fields are not also reported as missing.
    /// - Throws: `AuthenticationError.invalidInput` with all faults, including `faults`.
    public init(
        email: EmailAddress?, passwordHash: String??, name: String? = nil, givenName: String? = nil,
        familyName: String? = nil, roles: [Role] = [], state: Account.State? = nil, createdAt: Timestamp? = nil,
        organization: String? = nil, faults: [InputFault] = []
    ) throws(AuthenticationError) {
        var faults = faults
        if email == nil { faults.noteMissing("email") }
        if passwordHash == nil { faults.noteMissing("password_hash") }
        self.passwordHash = passwordHash.flatMap(\.self).flatMap { text in
            faults.value(of: "password_hash") { () throws(ValueFault) in try Self.encodedHash(text) }
        }
        names = PersonNames(name: name, givenName: givenName, familyName: familyName, &faults)
        guard faults.isEmpty, let email else { throw .invalidInput(faults) }
        self.email = email
        self.roles = RoleSet(roles).withDefault
        self.state = state ?? .active
        self.createdAt = createdAt
        self.organization = organization
    }

    private static func encodedHash(_ text: String) throws(ValueFault) -> String {
        do throws(PasswordHash.Fault) {
            return try PasswordHash(importing: text).encoded
        } catch {
            throw ValueFault(.unusableHash, error.description)
        }
    }
}
