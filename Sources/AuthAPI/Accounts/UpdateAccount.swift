import HTTP
import HTTPTypes
import Identity
import JSON

private let accountID = PathParameter(of: Account.self)
private let roles = Field<[Role]>(
    "roles", .someRoles, "No role may be above those of the credential.", example: ["AppMember"])
private let state = Field<Account.State>(
    "state", Account.State.schema, "`Inactive` ends all sessions and API tokens at once.", example: "Active")
private let change = Body("AccountChange", changes: Account.shape, hidden: Account.hiddenMembers, [roles, state])

extension Endpoint {
    static let updateAccount = Endpoint(
        .post, "/account/\(accountID)", .scope(.accountsWrite), freshness: .byChange, id: "updateAccount",
        in: .accounts,
        "Change an account's roles or state",
        """
        Administrators of the organization that created the account, and of the installation, may change its state and \
        its roles on the installation. Nobody changes their own account here.
        """,
        body: change, answer: "The account as it is now.", problems: [.roleNotGrantable, .conflict]
    ) { api, call in
        let id = try call[accountID]
        var form = try call.form(change)
        let update = AccountForm(roles: form[roles].map { RoleSet($0) }, state: form[state])
        guard form.faults.isEmpty else { throw Problem.invalidInput(form.faults) }
        return try api.service.update(id, update, by: call.caller)
    }

    static let resetPassword = Endpoint(
        .post, "/account/\(accountID)/reset-password", .scope(.accountsWrite), freshness: .level(.high),
        id: "resetPassword", in: .accounts,
        "Reset an account's password",
        """
        Makes a new password, which only this answer shows, and which must be changed at the next login. All sessions \
        and API tokens of the account end. It works for accounts that this organization created, except for one's own. \
        Their users in other organizations become inactive, unless an administrator of the installation resets the \
        password.
        """,
        answer: "The new password."
    ) { api, call in NewPassword(text: try api.service.resetPassword(of: call[accountID], by: call.caller)) }
}

/// A password that the service has made.
private struct NewPassword: Shaped {
    let text: String

    static let shape = Shape<NewPassword> {
        Member("new_password", "q7Lw1Xb8RfVn5GyHc4Js", schema: .string(format: "password")) { $0.text }
    }
}
