import HTTP
import HTTPTypes
import Identity
import JSON

private let name = Field<String>("name", .name(mayBeBlank: false))
private let displayName = Field<String?>("display_name", .name(mayBeBlank: true), "Null removes it.")
private let autoJoin = Field<Bool>("auto_join_enabled", .boolean, example: true)
private let defaultRole = Field<RoleInOrganization>(
    "default_role", .roleInOrganization, "The role of an account that joins.", example: "AppMember")
private let emailPattern = Field<EmailPattern?>(
    "email_regex", .string(format: "posix-extended-regex", maxLength: EmailPattern.maximumLength),
    """
    A POSIX extended regular expression that the whole email address of an account must match to join; null for none. \
    It consists of printable ASCII characters and has no back-references; a backslash stands only before punctuation, \
    outside of brackets. An internationalized domain is compared in A-labels (`xn--…`).
    """, example: #".*@auroralabs\.com"#)
private let secondFactor = Field<OrganizationPolicy>(
    "second_factor", OrganizationPolicy.schema,
    """
    The accounts that must have a second factor when they act here, and those that were made here always: `admins` are \
    `AppAdmin` and `AppOwner`. It can only be stricter than the installation's policy, and has no effect where that is \
    `off`.
    """, example: "optional")
private let change = Body(
    "OrganizationChange", changes: Organization.shape,
    [name, displayName, autoJoin, defaultRole, emailPattern, secondFactor])

extension Endpoint {
    static let organization = Endpoint(
        .get, "/app/organization", .any, id: "getOrganization", in: .organization, "Read the organization",
        answer: "The organization."
    ) { api, call in try api.service.organization(of: call.caller) }

    static let updateOrganization = Endpoint(
        .post, "/app/organization", .scope(.organizations), freshness: .byChange, id: "updateOrganization",
        in: .organization,
        "Change the organization", "Members that are missing stay as they are.", body: change,
        answer: "The organization as it is now.", problems: [.roleNotGrantable]
    ) { api, call in
        var form = try call.form(change)
        let update = try OrganizationForm(
            name: form[name], displayName: form[displayName], autoJoin: form[autoJoin],
            defaultRole: form[defaultRole]?.role, emailPattern: form[emailPattern],
            secondFactor: form[secondFactor]?.policy, faults: form.faults)
        return try api.service.updateOrganization(update, by: call.caller)
    }
}
