import HTTP
import HTTPTypes
import Identity
import Logging

private let leastRole = QueryParameter<Role>("role", "The lowest role that may go on.")

extension Endpoint {
    /// The parameter by which a request for verification names an organization.
    static let verifiedOrganization = QueryParameter<String>(
        "org", "Slug or identifier of the organization in which the role is held.",
        .string(minLength: 1, maxLength: Organization.maximumSlugLength)
    ) { text throws(ValueFault) in
        guard !text.isEmpty else { throw ValueFault(.outOfRange, "There is no such organization.") }
        return text
    }

    /// nginx's `auth_request` lets a request through at 204 and refuses it at 401 and 403. A question that is not
    /// understood is answered with 400, which nginx logs and turns into 500: the fault is in its configuration.
    static let verify = Endpoint(
        .get, "/auth/verify", .verification, id: "verify", in: .authentication, "Check a request for a web server",
        """
        For `auth_request` of nginx and its like: the status tells if the request may go on. On an installation with \
        several organizations, a role in an organization needs `org`, and an answer without `org` has no user, no \
        organization and only roles on the installation. `X-Org` has no effect here, and unknown parameters are \
        refused.
        """,
        query: [leastRole, verifiedOrganization], status: .noContent,
        response: DescribedAnswer(
            "The request may go on. The header fields tell who sends it.", headers: AnswerField.identity),
        problems: [.forbidden]
    ) { api, call in
        var query = try call.query()
        // It was looked up along with the credential: here its faults are found.
        _ = query[verifiedOrganization]
        let role = query[leastRole]
        query.refuseAll(but: [verifiedOrganization.name, leastRole.name])
        try query.check()
        let question = VerificationQuestion(role: role, organization: call.organization)
        let principal = try call.principal()
        guard question.isClear(for: principal) else { throw Problem.organizationNotNamed }
        return Response(
            status: .noContent, headerFields: try api.answer(question, principal, call, IdentityFields.forward))
    }
}

/// The answers to a web server that asks for the identity behind another request.
///
/// Both ways only read, so neither asks from which origin the request came: that, like its method, is for the protected
/// application to judge.
extension AuthAPI {
    /// Answers in the role of a FastCGI authorizer (FastCGI 1.0, section 6.3), at any path: 200 lets the request
    /// through, and its `Variable-` fields become variables of it; anything else is the answer to the client.
    func authorize(_ exchange: inout Exchange) throws(Problem) -> Response {
        let request = exchange.request
        let carrier = try carrier(
            of: Credential(of: request, settings.cookie),
            naming: VerificationQuestion.organization(request.requirements),
            exchange)
        exchange.identify(carrier)
        let principal = carrier.principal
        guard principal.obligations.isEmpty else { throw .passwordChangeRequired }
        try exchange.accept(principal)
        let question: VerificationQuestion
        do throws(VerificationQuestion.Fault) {
            question = try VerificationQuestion(request.requirements, in: carrier.named, for: principal)
        } catch {
            logger.error("the web server asks what can't be answered: \(error)", metadata: ["id": "\(exchange.id)"])
            throw .internalError
        }
        return Response(status: .ok, headerFields: try answer(question, principal, exchange, IdentityFields.variables))
    }

    /// The identity of the principal as header fields, if it meets the requirements. A part that is missing has no
    /// field.
    ///
    /// Identifiers and names of roles are ASCII. An email address has no control character and no space; its characters
    /// beyond ASCII are UTF-8 (RFC 9110, section 5.5: `obs-text`, which recipients treat as opaque).
    fileprivate func answer(
        _ question: VerificationQuestion, _ principal: Principal, _ exchange: Exchange, _ names: IdentityFields
    ) throws(Problem) -> ResponseFields {
        let principal = try acting(principal, in: question.organization, exchange)
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

/// The names of the fields that tell an identity.
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
