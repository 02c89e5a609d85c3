import HTTP
import HTTPTypes
import Identity
import JSON

private let userID = PathParameter(of: User.self)
private let role = Field<RoleInOrganization>("role", .roleInOrganization, example: "AppMember")
private let change = Body("UserChange", changes: User.shape, [role, UserForm.nameField])

extension Endpoint {
    static let updateUser = Endpoint(
        .put, "/app/user/\(userID)", .scope(.accountsWrite), id: "updateUser", in: .organization,
        "Change role or name of a user", body: change, answer: "The user as it is now.",
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
        .post, "/app/user/\(userID)/activate", .scope(.accountsWrite), id: "activateUser", in: .organization,
        "Let a membership count again", answer: "The user as it is now."
    ) { api, call in try api.service.set(.active, of: call[userID], by: call.caller) }

    static let deactivateUser = Endpoint(
        .post, "/app/user/\(userID)/deactivate", .scope(.accountsWrite), id: "deactivateUser", in: .organization,
        "Let a membership count no longer", answer: "The user as it is now.", problems: [.conflict]
    ) { api, call in try api.service.set(.inactive, of: call[userID], by: call.caller) }

    static let removeUser = Endpoint(
        .delete, "/app/user/\(userID)", .scope(.accountsWrite), id: "removeUser", in: .organization, "Remove a user",
        """
        With its API tokens in the organization. An account stays in the organization where it was made: there \
        deactivate its user, or erase it.
        """,
        answer: "It is no member any more.", problems: [.conflict]
    ) { api, call in
        try api.service.removeUser(call[userID], by: call.caller)
        return Done()
    }
}
