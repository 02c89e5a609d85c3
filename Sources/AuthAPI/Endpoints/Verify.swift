import Gateway
import HTTPTypes
import Identity
import Logging

/// Saying to a web server who makes a request for something else.
///
/// Both ways only read, so neither asks from which origin the request came: that, like its method, is for the protected
/// application to judge.
extension AuthAPI {
    /// `GET /auth/verify`: for `auth_request` of nginx, which lets through at 204 and refuses at 401 and 403. A least role
    /// of an unknown name is answered by 400, which nginx logs, and makes 500 of: the fault is in its configuration.
    func verify(_ exchange: Exchange) throws -> Response {
        var query = try exchange.query()
        let organization = query.value("org", "There is no such organization.", .outOfRange) { $0.isEmpty ? nil : $0 }
        let role = query.value("role", "There is no such role.", .unknownRole) { Role(named: $0) }
        try query.check()
        // What the web server asks for goes before what the client may have sent along.
        let principal = try self.principal(try exchange.principal(), actingIn: organization, exchange)
        try require(role, of: principal)
        return Response(status: .noContent, headerFields: identity(of: principal, IdentityFields.forward))
    }

    /// The answer in the role of a FastCGI authorizer (FastCGI 1.0, section 6.3), whatever is asked for: 200 lets the
    /// request through, and its `Variable-` fields become variables of it; anything else is the answer to the client.
    func authorize(_ exchange: inout Exchange) throws(Problem) -> Response {
        let request = exchange.request
        var principal = try principal(Credential(of: request, settings.cookie), exchange)
        // A client must not choose where its role is looked up.
        let chosen = request.requiredRole == nil ? request.headerFields[.organization] : nil
        principal = try self.principal(principal, actingIn: request.requiredOrganization ?? chosen, exchange)
        guard !principal.needsNewPassword else { throw .passwordChangeRequired }
        try exchange.accept(principal)
        if let name = request.requiredRole {
            guard let role = Role(rawValue: name) else {
                logger.error("POSTERN_REQUIRED_ROLE is no role: \(name)", metadata: ["id": "\(exchange.id)"])
                throw .internalError
            }
            try require(role, of: principal)
        }
        return Response(status: .ok, headerFields: identity(of: principal, IdentityFields.variables))
    }

    private func require(_ role: Role?, of principal: Principal) throws(Problem) {
        if let role, !principal.roles.reaches(role) { throw .lacksRole(role) }
    }

    /// Who somebody is, as header fields. What there is none of has no field.
    ///
    /// Identifiers and names of roles are ASCII. An email address has no control character and no space; what is not ASCII
    /// in it is UTF-8 (RFC 9110, section 5.5: `obs-text`, which recipients treat as opaque).
    private func identity(of principal: Principal, _ names: IdentityFields) -> ResponseFields {
        var fields: ResponseFields = [names.account: principal.account.description]
        if let membership = principal.membership {
            if let user = membership.user { fields.append(names.user, user.description) }
            fields.append(names.organization, membership.organization.description)
        }
        fields.append(names.email, principal.email)
        fields.append(names.roles, principal.roles.names.joined(separator: ","))
        return fields
    }
}

/// The names of the fields that say who somebody is.
private struct IdentityFields {
    let account, user, organization, email, roles: HTTPField.Name

    /// For a web server that hands them on as header fields.
    static let forward = IdentityFields(
        account: HTTPField.Name(known: "X-Auth-Account"), user: HTTPField.Name(known: "X-Auth-User"),
        organization: HTTPField.Name(known: "X-Auth-Org"), email: HTTPField.Name(known: "X-Auth-Email"),
        roles: HTTPField.Name(known: "X-Auth-Roles"))

    /// For a web server that makes variables of them (FastCGI 1.0, section 6.3).
    static let variables = IdentityFields(
        account: HTTPField.Name(known: "Variable-AUTH_ACCOUNT"), user: HTTPField.Name(known: "Variable-AUTH_USER"),
        organization: HTTPField.Name(known: "Variable-AUTH_ORG"), email: HTTPField.Name(known: "Variable-AUTH_EMAIL"),
        roles: HTTPField.Name(known: "Variable-AUTH_ROLES"))
}
