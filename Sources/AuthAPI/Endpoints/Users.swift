import Gateway
import HTTPTypes
import Identity

/// The users of the organization in which the caller acts.
extension AuthAPI {
    /// `GET /app/me`: the caller's own.
    func ownUser(_ exchange: Exchange) throws -> Response {
        Response(json: try service.ownUser(of: exchange.caller).json)
    }

    /// `GET /app/user`: all.
    func users(_ exchange: Exchange) throws -> Response {
        Response(page: try service.users(try exchange.page(), by: exchange.caller), \.json)
    }

    /// `POST /app/user`: makes an account a member.
    func createUser(_ exchange: Exchange) throws -> Response {
        var form = try exchange.form()
        let account = form.identifier("account_id", of: Account.self)
        let role = form.value("role", Role.init(inOrganization:))
        let name = form.string("user_info/name")
        var faults = form.faults
        if account == nil { faults.noteMissing("account_id") }
        let userForm = try UserForm(role: role, name: name, nameField: "user_info/name", faults: faults)
        guard let account else { throw Problem.invalidInput(faults) }
        let user = try service.createUser(of: account, userForm, by: exchange.caller)
        var response = Response(json: user.json, status: .created)
        response.headerFields[.location] = "user/\(user.id)"
        return response
    }

    /// `GET /app/user/{id}`: one.
    func user(_ exchange: Exchange) throws -> Response {
        let id = try exchange.identifier(of: User.self)
        return Response(json: try service.user(id, by: exchange.caller).json)
    }

    /// `PUT /app/user/{id}`: changes role and name of one.
    func updateUser(_ exchange: Exchange) throws -> Response {
        let id = try exchange.identifier(of: User.self)
        var form = try exchange.form()
        let role = form.value("role", Role.init(inOrganization:))
        let name = form.string("user_info/name")
        form.refuseOthers(of: .user)
        let userForm = try UserForm(role: role, name: name, nameField: "user_info/name", faults: form.faults)
        return Response(json: try service.update(id, userForm, by: exchange.caller).json)
    }

    /// `DELETE /app/user/{id}`: removes one.
    func removeUser(_ exchange: Exchange) throws -> Response {
        try service.removeUser(try exchange.identifier(of: User.self), by: exchange.caller)
        return .done
    }

    /// `POST /app/user/{id}/activate`: lets its membership count again.
    func activateUser(_ exchange: Exchange) throws -> Response {
        try set(.active, exchange)
    }

    /// `POST /app/user/{id}/deactivate`: lets its membership count no longer.
    func deactivateUser(_ exchange: Exchange) throws -> Response {
        try set(.inactive, exchange)
    }

    private func set(_ state: Account.State, _ exchange: Exchange) throws -> Response {
        let id = try exchange.identifier(of: User.self)
        return Response(json: try service.set(state, of: id, by: exchange.caller).json)
    }
}
