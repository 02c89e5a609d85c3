public import Identity
public import JSON

/// The members of an account, in the order in which every answer shows them.
extension Account: Shaped {
    static let shape = Shape<Account>("Account") {
        Member("id", Example.account) { $0.id }
        Member("email", Example.email) { $0.email.address }
        Member("name", "Sasha Patel") { $0.name }
        Member("given_name", "Sasha") { $0.givenName }
        Member("family_name", "Patel") { $0.familyName }
        // The others are reserved for accounts whose credentials are kept elsewhere.
        Member("provider", "Credentials", schema: .choice(["Credentials", "Google", "Microsoft", "LDAP"])) {
            $0.provider.rawValue
        }
        Member("users", [User.shape.example]) { $0.users }
        Member("roles", Example.roles, "All roles that it holds, in its organizations and here.") { $0.roles }
    }

    /// The members that requests may believe an account to have, though no answer shows them.
    static let hiddenMembers = ["state", "password"]

    /// The account as the API shows it.
    public var json: JSONValue { jsonValue }
}
