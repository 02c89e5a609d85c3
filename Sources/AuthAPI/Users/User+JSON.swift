import HTTPTypes
public import Identity
public import JSON

extension User: Shaped {
    static let shape = Shape<User>("User") {
        Member("id", Example.user) { $0.id }
        Member("org_id", Example.organization) { $0.organization }
        Member("account_id", Example.account) { $0.account }
        Member("name", "Sasha Patel") { $0.name }
        Member("email", Example.email) { $0.email.address }
        Member("state", "Active") { $0.state }
        Member("roles", Example.roles, schema: .array(of: .roleInOrganization)) { $0.roles }
        Member("created_at", Example.moment) { $0.createdAt }
    }

    /// The user as the API shows it.
    public var json: JSONValue { jsonValue }
}
