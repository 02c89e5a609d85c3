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
        Member("second_factor", "optional", "The accounts that must have a second factor.") {
            OrganizationPolicy(policy: $0.secondFactor)
        }
        Member("created_at", "2026-02-01T09:00:00Z") { $0.createdAt }
    }

    /// The organization as the API shows it.
    public var json: JSONValue { jsonValue }
}

/// A policy on second factors that an organization may have.
struct OrganizationPolicy: JSONForm, InputValue {
    let policy: SecondFactorPolicy

    init(policy: SecondFactorPolicy) { self.policy = policy }

    init(input text: String) throws(ValueFault) { policy = try SecondFactorPolicy(inOrganization: text) }

    static var schema: Schema { .choice(SecondFactorPolicy.allCases.filter { $0 != .off }.map(\.rawValue)) }

    func write(to writer: inout JSONWriter) { writer.string(policy.rawValue) }
}
