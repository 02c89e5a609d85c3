import Gateway
import HTTPTypes
import Identity
import Logging

/// Saying to a web server who makes a request for something else.
///
/// Both ways only read, so neither asks from which origin the request came: that, like its method, is for the protected
/// application to judge.
extension AuthAPI {
    /// `GET /auth/verify`: for `auth_request` of nginx, which lets through at 204 and refuses at 401 and 403. What is not
    /// understood is answered by 400, which nginx logs, and makes 500 of: the fault is in its configuration.
    func verify(_ exchange: Exchange) throws -> Response {
        var query = try exchange.query()
        let organization = query.value("org", "There is no such organization.", .outOfRange) { $0.isEmpty ? nil : $0 }
        let role = query.value("role", "There is no such role.", .unknownRole) { Role(named: $0) }
        query.refuseAll(but: VerificationQuestion.parameters)
        try query.check()
        let question = VerificationQuestion(role: role, organization: organization)
        let principal = try exchange.principal()
        guard question.isClear(for: principal) else { throw Problem.organizationNotNamed }
        return Response(
            status: .noContent, headerFields: try answer(question, principal, exchange, IdentityFields.forward))
    }

    /// The answer in the role of a FastCGI authorizer (FastCGI 1.0, section 6.3), whatever is asked for: 200 lets the
    /// request through, and its `Variable-` fields become variables of it; anything else is the answer to the client.
    func authorize(_ exchange: inout Exchange) throws(Problem) -> Response {
        let request = exchange.request
        let principal = try principal(Credential(of: request, settings.cookie), exchange)
        exchange.identify(principal)
        guard principal.obligations.isEmpty else { throw .passwordChangeRequired }
        try exchange.accept(principal)
        let question: VerificationQuestion
        do throws(VerificationQuestion.Fault) {
            question = try VerificationQuestion(request.requirements, for: principal)
        } catch {
            logger.error("the web server asks what can't be answered: \(error)", metadata: ["id": "\(exchange.id)"])
            throw .internalError
        }
        return Response(status: .ok, headerFields: try answer(question, principal, exchange, IdentityFields.variables))
    }

    /// Makes sure that the answer is yes, and says who somebody is, as header fields. What there is none of has no field.
    ///
    /// Identifiers and names of roles are ASCII. An email address has no control character and no space; what is not ASCII
    /// in it is UTF-8 (RFC 9110, section 5.5: `obs-text`, which recipients treat as opaque).
    private func answer(
        _ question: VerificationQuestion, _ principal: Principal, _ exchange: Exchange, _ names: IdentityFields
    ) throws(Problem) -> ResponseFields {
        let principal = try self.principal(principal, actingIn: question.organization, exchange)
        let isInOrganization = question.isInOrganization(principal)
        let roles = isInOrganization ? principal.roles : principal.installationRoles
        if let role = question.role, !roles.reaches(role) { throw .lacksRole(role) }
        var fields: ResponseFields = [names.account: principal.account.description]
        if isInOrganization, let membership = principal.membership {
            if let user = membership.user { fields.append(names.user, user.description) }
            fields.append(names.organization, membership.organization.description)
        }
        fields.append(names.email, principal.email)
        if !roles.isEmpty { fields.append(names.roles, roles.names.joined(separator: ",")) }
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
