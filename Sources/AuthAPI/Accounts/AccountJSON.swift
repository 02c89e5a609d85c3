public import Identity
public import JSON

extension Account {
    /// The account as the API shows it.
    public var json: JSONValue {
        [
            "id": .string("\(id)"),
            "email": .string(email.address),
            "name": .string(name),
            "given_name": .string(orNull: givenName),
            "family_name": .string(orNull: familyName),
            "provider": .string(provider.rawValue),
            "users": .array(users.map(\.json)),
            "roles": .strings(roles.names),
        ]
    }
}

extension User {
    /// The user as the API shows it.
    public var json: JSONValue {
        [
            "id": .string("\(id)"),
            "org_id": .string("\(organization)"),
            "account_id": .string("\(account)"),
            "name": .string(name),
            "email": .string(email.address),
            "state": .string(state.rawValue),
            "roles": .strings(roles.names),
            "created_at": .string("\(createdAt)"),
        ]
    }
}
