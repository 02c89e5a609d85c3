public import Identity
public import JSON

extension Organization {
    /// The organization as the API shows it.
    public var json: JSONValue {
        [
            "id": .string("\(id)"),
            "slug": .string(slug),
            "name": .string(name),
            "display_name": .string(orNull: displayName),
            "auto_join_enabled": .bool(autoJoin),
            "default_role": .string(orNull: defaultRoles.names.last),
            "email_regex": .string(orNull: emailPattern?.text),
            "created_at": .string("\(createdAt)"),
        ]
    }
}
