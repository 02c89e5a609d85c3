import HTTP
import HTTPTypes
import Identity
import JSON

private let userID = PathParameter(of: User.self)
private let role = Field<RoleInOrganization>("role", .roleInOrganization, example: "AppMember")
private let change = Body("UserChange", changes: User.shape, [role, UserForm.nameField])

extension Endpoint {
    static let updateUser = Endpoint(
        .put, "/app/user/\(userID)", .scope(.accountsWrite), freshness: .byChange, id: "updateUser", in: .organization,
        "Change a user's role or name", body: change, answer: "The user as it is now.",
        problems: [.roleNotGrantable, .conflict]
    ) { api, call in
        let id = try call[userID]
        var form = try call.form(change)
        let userForm = try UserForm(
            role: form[role]?.role, name: form[UserForm.nameField], nameField: UserForm.nameField.name,
            faults: form.faults)
        return try api.service.update(id, userForm, by: call.caller)
    }

    static let activateUser = Endpoint(
        .post, "/app/user/\(userID)/activate", .scope(.accountsWrite), freshness: .level(.high), id: "activateUser",
        in: .organization,
        "Activate a user", "The roles of the user count again.", answer: "The user as it is now."
    ) { api, call in try api.service.set(.active, of: call[userID], by: call.caller) }

    static let deactivateUser = Endpoint(
        .post, "/app/user/\(userID)/deactivate", .scope(.accountsWrite), freshness: .level(.medium),
        id: "deactivateUser", in: .organization,
        "Deactivate a user",
        """
        The roles of the user no longer count, and the account can neither leave the organization nor join it again.
        """,
        answer: "The user as it is now.", problems: [.conflict]
    ) { api, call in try api.service.set(.inactive, of: call[userID], by: call.caller) }

    static let removeUser = Endpoint(
        .delete, "/app/user/\(userID)", .scope(.accountsWrite), freshness: .level(.medium), id: "removeUser",
        in: .organization, "Remove a user",
        """
        Removes the user and the API tokens that act in the organization. An account stays in the organization that \
        created it: deactivate its user there, or erase the account.
        """,
        answer: "The account is no longer a member.", problems: [.conflict]
    ) { api, call in
        try api.service.removeUser(call[userID], by: call.caller)
        return Done()
    }
}
