import Gateway
import Identity

extension AuthAPI {
    /// `GET /account/me`: the caller's own account.
    func ownAccount(_ exchange: Exchange) throws -> Response {
        Response(json: try service.ownAccount(of: exchange.caller).json)
    }

    /// `PUT /account/me`: changes names and password of the caller's own account.
    func updateOwnAccount(_ exchange: Exchange) throws -> Response {
        let principal = try exchange.principal()
        var form = try exchange.form()
        let name = form.string("name")
        let givenName = form.nullableString("given_name")
        let familyName = form.nullableString("family_name")
        let currentPassword = form.password("current_password")
        let newPassword = form.password("new_password")
        let revokesTokens = form.bool("revoke_tokens")
        form.refuseOthers(of: .account)
        let update = try OwnAccountForm(
            name: name, givenName: givenName, familyName: familyName, currentPassword: currentPassword,
            newPassword: newPassword, revokesTokens: revokesTokens, email: EmailAddress(principal.email),
            policy: service.passwordPolicy, faults: form.faults)
        guard update.passwords != nil || !principal.obligations.contains(.newPassword) else {
            throw Problem.passwordChangeRequired
        }
        return Response(json: try service.updateOwnAccount(update, by: exchange.caller).json)
    }
}
