import Cryptography

/// An account of another system that is to be taken over, checked.
public struct ImportForm: Sendable {
    /// The email address.
    public let email: EmailAddress
    /// The password hash as it is stored; `nil` where the account has no password.
    let passwordHash: String?
    let names: PersonNames
    let roles: RoleSet
    let state: Account.State
    let createdAt: Timestamp?
    /// Slug or identifier of the organization; `nil` for the one for all.
    let organization: String?

    /// Checks all that a file says of an account.
    ///
    /// - Parameters:
    ///   - passwordHash: the hash as the other system keeps it; `.some(nil)` for an account without password, which can't
    ///     be logged in to until a password is set. It must be said, so that a mistyped name of the member is found.
    ///   - roles: the names; `nil` for one that is wrong already, which keeps the places of the others.
    ///   - state: `Active` or `Inactive`; the former where nothing is said.
    ///   - createdAt: a moment as RFC 3339 has it.
    ///   - organization: slug or identifier; `nil` for the one for all.
    ///   - faults: what was found wrong already; a field named there is not reported as missing.
    /// - Throws: `AuthenticationError.invalidInput` with every fault, these included.
    public init(
        email: String?, passwordHash: String??, name: String? = nil, givenName: String? = nil,
        familyName: String? = nil, roles: [String?]? = nil, state: String? = nil, createdAt: String? = nil,
        organization: String? = nil, faults: [InputFault] = []
    ) throws(AuthenticationError) {
        var faults = faults
        let address = EmailAddress(required: email, "email", &faults)
        self.passwordHash = Self.hash(passwordHash, &faults)
        names = PersonNames(name: name, givenName: givenName, familyName: familyName, &faults)
        self.roles = RoleSet(names: roles ?? [], "roles", &faults).withDefault
        self.state = Account.State(optional: state, "state", &faults) ?? .active
        self.createdAt = Timestamp(optional: createdAt, "created_at", &faults)
        self.organization = organization
        guard faults.isEmpty, let address else { throw .invalidInput(faults) }
        self.email = address
    }

    private static func hash(_ text: String??, _ faults: inout [InputFault]) -> String? {
        guard let text else {
            faults.noteMissing("password_hash")
            return nil
        }
        guard let text else { return nil }
        do throws(PasswordHash.Fault) {
            return try PasswordHash(importing: text).encoded
        } catch {
            faults.append(InputFault("password_hash", .unusableHash, error.description))
            return nil
        }
    }
}
