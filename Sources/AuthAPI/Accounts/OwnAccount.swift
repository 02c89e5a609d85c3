import HTTP
import HTTPTypes
import Identity
import JSON

private let name = Field<String>("name", .name(mayBeBlank: false), example: "Sasha P.")
private let givenName = Field<String?>(
    "given_name", .name(mayBeBlank: true), "Null removes it.", example: "Sasha")
private let familyName = Field<String?>(
    "family_name", .name(mayBeBlank: true), "Null removes it.", example: "Patel")
private let currentPassword = Field<Password>("current_password", .string(format: "password"))
private let newPassword = Field<Password>(newPassword: "new_password")
private let revokesTokens = Field<Bool>(
    "revoke_tokens", .boolean, "True to revoke all API tokens of the account, too.")
private let change = Body(
    "OwnAccountChange", changes: Account.shape, hidden: Account.hiddenMembers,
    [name, givenName, familyName, currentPassword, newPassword, revokesTokens],
    dependencies: [
        ("new_password", ["current_password"]), ("current_password", ["new_password"]),
        ("revoke_tokens", ["new_password"]),
    ])

extension Endpoint {
    static let ownAccount = Endpoint(
        .get, "/account/me", .any, id: "getOwnAccount", in: .ownAccount, "Read your account",
        answer: "The account.", problems: [.notFound]
    ) { api, call in try api.service.ownAccount(of: call.caller) }

    static let updateOwnAccount = Endpoint(
        .put, "/account/me", .session, permits: .all, id: "updateOwnAccount", in: .ownAccount,
        "Change your name or password",
        """
        A new password needs the present one and ends all other sessions; `revoke_tokens` also revokes all API tokens. \
        Members that are missing stay as they are.
        """,
        body: change, answer: "The account as it is now.", problems: [.notFound, .passwordChangeRequired]
    ) { api, call in
        let principal = try call.principal()
        var form = try call.form(change)
        let update = try OwnAccountForm(
            name: form[name], givenName: form[givenName], familyName: form[familyName],
            currentPassword: form[currentPassword], newPassword: form[newPassword],
            revokesTokens: form[revokesTokens], email: EmailAddress(principal.email),
            policy: api.service.passwordPolicy, faults: form.faults)
        guard update.passwords != nil || !principal.obligations.contains(.newPassword) else {
            throw Problem.passwordChangeRequired
        }
        return try api.service.updateOwnAccount(update, by: call.caller)
    }
}
