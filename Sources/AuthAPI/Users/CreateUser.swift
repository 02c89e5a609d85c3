import HTTP
import HTTPTypes
import Identity
import JSON

private let accountID = Field<Identifier<Account>>(
    "account_id", .identifier(of: Account.self), example: Example.account, isRequired: true)
private let role = Field<RoleInOrganization>(
    "role", .roleInOrganization, "The default is `AppMember`.", example: "AppMember")
private let creation = Body("UserCreation", [accountID, role, UserForm.nameField])

extension Endpoint {
    static let createUser = Endpoint(
        .post, "/app/user", .scope(.accountsWrite), freshness: .level(.high), id: "createUser", in: .organization,
        "Add an account to the organization",
        """
        Only administrators of the installation can add an account that another organization created; for others it is \
        not found. Such an account can join by itself if the organization allows that.
        """,
        body: creation, status: .created,
        response: DescribedAnswer(
            User.self, "The new user.", headers: [.location],
            links: [DescribedAnswer.Link(operation: "getUser", parameter: ("id", "/id"))]),
        problems: [.notFound, .conflict, .roleNotGrantable]
    ) { api, call in
        var form = try call.form(creation)
        let (account, role, name) = (form[accountID], form[role], form[UserForm.nameField])
        var faults = form.faults
        if account == nil { faults.noteMissing("account_id") }
        let userForm = try UserForm(
            role: role?.role, name: name, nameField: UserForm.nameField.name, faults: faults)
        guard let account else { throw Problem.invalidInput(faults) }
        let user = try api.service.createUser(of: account, userForm, by: call.caller)
        var response = Response(user, status: .created)
        response.headerFields[.location] = "user/\(user.id)"
        return response
    }
}

extension UserForm {
    /// The name, as requests give it.
    static let nameField = Field<String>(
        "user_info/name", .name(mayBeBlank: false), "The name by which the organization knows the person.",
        example: "Sasha Patel")
}
