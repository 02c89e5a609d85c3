import HTTPTypes
public import Identity
public import JSON

extension Organization: Shaped {
    static let shape = Shape<Organization>("Organization") {
        Member("id", Example.organization) { $0.id }
        Member("slug", "aurora-labs", schema: .string(pattern: "^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$")) { $0.slug }
        Member("name", "Aurora Labs") { $0.name }
        Member("display_name", .null, "The name as applications show it; null for `name`.") { $0.displayName }
        Member("auto_join_enabled", true, "Whether accounts whose email fits may join by themselves.") { $0.autoJoin }
        Member(
            "default_role", "AppMember", "The role of an account that joins.", schema: .roleInOrganization.orNull
        ) { $0.defaultRoles.roles.last }
        Member("email_regex", #".*@auroralabs\.com"#, "The email addresses that fit; null for none.") {
            $0.emailPattern?.text
        }
        Member("created_at", "2026-02-01T09:00:00Z") { $0.createdAt }
    }

    /// The organization as the API shows it.
    public var json: JSONValue { jsonValue }
}
