import HTTP
import HTTPTypes
import Identity
import Logging

private let leastRole = QueryParameter<Role>("role", "The lowest role that may go on.")
private let factor = QueryParameter<Bool>(
    "factor", "2 if the session must rest on two factors. An API token never does.", .integer(minimum: 2, maximum: 2)
) { text throws(ValueFault) in
    guard AssuranceDemand.asksForTwoFactors(text) else {
        throw ValueFault(.outOfRange, "The number of factors that can be asked for is 2.")
    }
    return true
}
private let maximumAge = QueryParameter<Int64>(
    "max_age",
    """
    The seconds since the login or the last confirmation, at most. The answer then tells the time of that, unless the \
    credential is an API token, of which no age is asked.
    """, .integer(minimum: AssuranceDemand.ages.lowerBound, maximum: AssuranceDemand.ages.upperBound)
) { text throws(ValueFault) in
    guard let age = AssuranceDemand.age(text) else {
        throw ValueFault(.outOfRange, "This must be 1 to \(AssuranceDemand.ages.upperBound) seconds.")
    }
    return age
}

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
        refused. `factor` and `max_age` ask for assurance: a session that does not give it is answered with \
        `reauthentication_required`, and serves again once it is confirmed (`POST /auth/confirm`).
        """,
        query: [leastRole, verifiedOrganization, factor, maximumAge], status: .noContent,
        response: DescribedAnswer(
            "The request may go on. The header fields tell who sends it.", headers: AnswerField.identity),
        problems: [.forbidden, .reauthenticationRequired]
    ) { api, call in
        let question = try VerificationQuestion(of: call)
        let principal = try call.principal()
        guard question.isClear(for: principal) else { throw Problem.organizationNotNamed }
        return Response(
            status: .noContent, headerFields: try api.answer(question, principal, call, IdentityFields.forward))
    }
}

extension VerificationQuestion {
    /// Reads the query of a request.
    fileprivate init(of call: Exchange) throws(Problem) {
        guard !call.request.query.isEmpty else {
            self.init(role: nil, organization: call.organization)
            return
        }
        var query = try call.query()
        // It was looked up along with the credential: here its faults are found.
        _ = query[Endpoint.verifiedOrganization]
        let role = query[leastRole]
        let demand = AssuranceDemand(needsSecondFactor: query[factor] ?? false, maximumAge: query[maximumAge])
        query.refuseAll(but: [Endpoint.verifiedOrganization.name, leastRole.name, factor.name, maximumAge.name])
        try query.check()
        self.init(role: role, organization: call.organization, demand: demand)
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
        let principal = try obliged(carrier.principal, permitting: [], exchange)
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
        var principal = principal
        if let organization = question.organization, organization.id != principal.organization {
            // Its policy counts too, if the web server asks about it.
            principal = try obliged(acting(principal, in: organization, exchange), permitting: [], exchange)
        } else {
            principal = try acting(principal, in: question.organization, exchange)
        }
        let isInOrganization = question.isInOrganization(principal)
        let roles = isInOrganization ? principal.roles : principal.installationRoles
        if let role = question.role, !roles.reaches(role) { throw .lacksRole(role) }
        try require(question.demand, of: principal, exchange)
        var fields: ResponseFields = [names.account: principal.account.description]
        if isInOrganization, let membership = principal.membership {
            if let user = membership.user { fields.append(names.user, user.description) }
            fields.append(names.organization, membership.organization.description)
        }
        fields.append(names.email, principal.email)
        if !roles.isEmpty { fields.append(names.roles, roles.names.joined(separator: ",")) }
        if question.demand.maximumAge != nil, let assurance = principal.assurance {
            fields.append(names.time, "\(assurance.authentication.authenticatedAt)")
        }
        return fields
    }

    /// Requires the assurance that the web server asks for.
    private func require(
        _ demand: AssuranceDemand, of principal: Principal, _ exchange: Exchange
    ) throws(Problem) {
        do throws(AuthenticationError) {
            try service.require(demand, of: principal)
        } catch {
            throw problem(error, requestID: exchange.id)
        }
    }
}

/// The names of the fields that tell an identity.
private struct IdentityFields {
    let account, user, organization, email, roles, time: HTTPField.Name

    /// For a web server that hands them on as header fields.
    static let forward = IdentityFields(
        account: HTTPField.Name(known: "X-Auth-Account"), user: HTTPField.Name(known: "X-Auth-User"),
        organization: HTTPField.Name(known: "X-Auth-Org"), email: HTTPField.Name(known: "X-Auth-Email"),
        roles: HTTPField.Name(known: "X-Auth-Roles"), time: HTTPField.Name(known: "X-Auth-Time"))

    /// For a web server that makes variables of them (FastCGI 1.0, section 6.3).
    static let variables = IdentityFields(
        account: HTTPField.Name(known: "Variable-AUTH_ACCOUNT"), user: HTTPField.Name(known: "Variable-AUTH_USER"),
        organization: HTTPField.Name(known: "Variable-AUTH_ORG"), email: HTTPField.Name(known: "Variable-AUTH_EMAIL"),
        roles: HTTPField.Name(known: "Variable-AUTH_ROLES"), time: HTTPField.Name(known: "Variable-AUTH_TIME"))
}
