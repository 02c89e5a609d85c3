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
        let role = query.value("role", "There is no such role.", .unknownRole) { Role(rawValue: $0) }
        try query.check()
        let principal = try exchange.principal()
        try require(role, of: principal)
        return Response(status: .noContent, headerFields: identity(of: principal) { "X-Auth-\($0)" })
    }

    /// The answer in the role of a FastCGI authorizer (FastCGI 1.0, section 6.3), whatever is asked for: 200 lets the
    /// request through, and its `Variable-` fields become variables of it; anything else is the answer to the client.
    func authorize(_ exchange: inout Exchange) throws(Problem) -> Response {
        let request = exchange.request
        var principal = try principal(of: exchange)
        if let organization = request.requiredOrganization ?? request.head.headerFields[.organization] {
            principal = try self.principal(principal, actingIn: organization, exchange)
        }
        guard !principal.needsNewPassword else { throw .passwordChangeRequired }
        try exchange.accept(principal)
        if let name = request.requiredRole {
            guard let role = Role(rawValue: name) else {
                logger.error("POSTERN_REQUIRED_ROLE is no role: \(name)", metadata: ["id": "\(exchange.id)"])
                throw .internalError
            }
            try require(role, of: principal)
        }
        return Response(status: .ok, headerFields: identity(of: principal) { "Variable-AUTH_\($0.uppercased())" })
    }

    private func require(_ role: Role?, of principal: Principal) throws(Problem) {
        if let role, !principal.roles.reaches(role) { throw .lacksRole(role) }
    }

    /// Who somebody is, as header fields. What there is none of has no field.
    ///
    /// Identifiers and names of roles are ASCII. An email address has no control character and no space; what is not ASCII
    /// in it is UTF-8 (RFC 9110, section 5.5: `obs-text`, which recipients treat as opaque).
    private func identity(of principal: Principal, _ fieldName: (String) -> String) -> HTTPFields {
        let values: [(name: String, value: String?)] = [
            ("Account", "\(principal.account)"), ("User", principal.membership?.user.map { "\($0)" }),
            ("Org", principal.organization.map { "\($0)" }), ("Email", principal.email),
            ("Roles", principal.roles.names.joined(separator: ",")),
        ]
        var fields = HTTPFields()
        for (name, value) in values {
            if let value, let name = HTTPField.Name(fieldName(name)) { fields[name] = value }
        }
        return fields
    }
}
