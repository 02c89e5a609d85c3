import Gateway
import Identity

extension AuthAPI {
    /// `GET /account`: the accounts that the caller manages.
    func accounts(_ exchange: Exchange) throws -> Response {
        var query = try exchange.query()
        let filter = AccountFilter(
            emailKey: query.value("email", "This is not a valid email address.") { EmailAddress($0)?.key },
            state: query.value("state", "A state is Active or Inactive.", .unknownState) { Account.State(named: $0) }
        )
        let page = query.page()
        try query.check()
        return Response(page: try service.accounts(filter, page, by: exchange.caller), \.json)
    }

    /// `GET /account/{id}`: one of them.
    func account(_ exchange: Exchange) throws -> Response {
        let id = try exchange.identifier(of: Account.self)
        return Response(json: try service.account(id, by: exchange.caller).json)
    }

    /// `POST /account/{id}`: changes roles and state of one.
    func updateAccount(_ exchange: Exchange) throws -> Response {
        let id = try exchange.identifier(of: Account.self)
        var form = try exchange.form()
        let roles = form.values("roles", Role.init(input:))
        let state = form.value("state", Account.State.init(input:))
        form.refuseOthers(of: .account)
        guard form.faults.isEmpty else { throw Problem.invalidInput(form.faults) }
        let update = AccountForm(roles: roles.map { RoleSet($0) }, state: state)
        return Response(json: try service.update(id, update, by: exchange.caller).json)
    }

    /// `POST /account/{id}/reset-password`: gives one a new password. Only this answer holds it.
    func resetPassword(_ exchange: Exchange) throws -> Response {
        let id = try exchange.identifier(of: Account.self)
        return Response(json: ["new_password": .string(try service.resetPassword(of: id, by: exchange.caller))])
    }

    /// `DELETE /account/{id}`: erases one.
    func eraseAccount(_ exchange: Exchange) throws -> Response {
        try service.erase(try exchange.identifier(of: Account.self), by: exchange.caller)
        return .done
    }
}
