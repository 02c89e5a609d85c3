import HTTP
import HTTPTypes
import Identity

/// One method on one path and all that there is to say of it. Routing, decoding, the OpenAPI document and the reference
/// page follow from this one value.
///
///     private let id = PathParameter(of: User.self)
///
///     extension Endpoint {
///         static let user = Endpoint(
///             .get, "/app/user/\(id)", .scope(.accountsRead), id: "getUser", in: .organization, "Read a user",
///             answer: "The user."
///         ) { api, call in
///             try api.service.user(call[id], by: call.caller)
///         }
///     }
final class Endpoint: Sendable {
    let method: HTTPRequest.Method
    /// The path below the base path.
    let path: EndpointPath
    let access: Access
    /// The obligations under which it answers all the same.
    let permits: Obligations
    /// The freshness that it asks of a session.
    let freshness: FreshnessDemand
    /// The identifier of the operation, from which generators of clients make a name.
    let id: String
    /// The chapter of the reference.
    let group: Group
    let summary: String
    let description: String
    // Made when the document is: a process that answers one request only has no use for them.
    let query: @Sendable () -> [any DescribedParameter]
    let body: @Sendable () -> Body?
    let answer: @Sendable () -> DescribedAnswer
    let status: HTTPResponse.Status
    /// The problems that it answers beyond those of every endpoint of its kind; see `problems`.
    let ownProblems: [Problem.Code]
    /// Answers a request. It throws `Problem` and `AuthenticationError`.
    let respond: @Sendable (AuthAPI, Exchange) throws -> Response

    /// Describes an endpoint that answers with any response: with header fields of its own, or not in JSON.
    init(
        _ method: HTTPRequest.Method, _ path: EndpointPath, _ access: Access, permits: Obligations = [],
        freshness: FreshnessDemand = .none, id: String, in group: Group, _ summary: String, _ description: String = "",
        query: @autoclosure @escaping @Sendable () -> [any DescribedParameter] = [],
        body: @autoclosure @escaping @Sendable () -> Body? = nil,
        status: HTTPResponse.Status = .ok, response: @autoclosure @escaping @Sendable () -> DescribedAnswer,
        problems: [Problem.Code] = [], respond: @escaping @Sendable (AuthAPI, Exchange) throws -> Response
    ) {
        self.method = method
        self.path = path
        self.access = access
        self.permits = permits
        self.freshness = freshness
        self.id = id
        self.group = group
        self.summary = summary
        self.description = description
        self.query = query
        self.body = body
        self.status = status
        answer = response
        ownProblems = problems
        self.respond = respond
    }

    /// Describes an endpoint that answers with a value in JSON, whose schema and example are those of its type.
    convenience init<Value: Answerable>(
        _ method: HTTPRequest.Method, _ path: EndpointPath, _ access: Access, permits: Obligations = [],
        freshness: FreshnessDemand = .none, id: String, in group: Group, _ summary: String, _ description: String = "",
        query: @autoclosure @escaping @Sendable () -> [any DescribedParameter] = [],
        body: @autoclosure @escaping @Sendable () -> Body? = nil,
        status: HTTPResponse.Status = .ok, answer: @autoclosure @escaping @Sendable () -> DescribedAnswer,
        problems: [Problem.Code] = [], respond: @escaping @Sendable (AuthAPI, Exchange) throws -> Value
    ) {
        self.init(
            method, path, access, permits: permits, freshness: freshness, id: id, in: group, summary, description,
            query: query(), body: body(), status: status, response: answer().with(Value.self), problems: problems
        ) { api, call in Response(try respond(api, call), status: status) }
    }

    /// Method and path, such as `GET /account/{id}`.
    var key: String { "\(method.rawValue) \(path.text)" }
}

extension Endpoint {
    /// The callers that an endpoint answers.
    enum Access: Sendable, Equatable {
        /// Anybody.
        case open
        /// A credential of either kind.
        case any
        /// A credential of either kind, for a web server, which alone chooses the subject of its question.
        case verification
        /// An API token with a scope, or a session whose roles stand for that scope.
        case scope(Scope)
        /// A session.
        case session
        /// An API token with the scope `login`; anybody, if the installation lets browsers log in.
        case login
        /// An API token with the scope `login`, or a session.
        case logout

        /// True if `X-Org` chooses the organization in which the caller acts. Login and logout happen in none, and must
        /// not fail for the sake of one; nor may a client choose the organization in which a web server requires a
        /// role.
        var isInOrganization: Bool {
            switch self {
            case .open, .verification, .login, .logout: false
            case .any, .scope, .session: true
            }
        }
    }

    /// The slug or identifier of the organization that a request names, as far as the endpoint lets it; `nil` for none.
    func organization(of exchange: inout Exchange) -> String? {
        if access == .verification { return exchange.unchecked(Self.verifiedOrganization) }
        return access.isInOrganization ? exchange.request.headerFields[.organization] : nil
    }

    /// The chapters of the reference.
    enum Group: String, CaseIterable {
        case authentication = "Authentication"
        case ownAccount = "Own account"
        case accounts = "Accounts"
        case organization = "Organization"
        case operation = "Operation"

        var description: String {
            switch self {
            case .authentication:
                "Create accounts, log people in and out, and find out who sends a request."
            case .ownAccount: "The account of the caller, with its sessions, API tokens and organizations."
            case .accounts: "The accounts that an administrator manages."
            case .organization: "The organization in which the caller acts, with its users and its audit log."
            case .operation:
                "For operators. All but the description itself is served only to the machine on which Postern runs."
            }
        }
    }
}

extension Endpoint {
    /// The problems with which the web server in front, or a program that could not start, may answer any request.
    static let problemsAnywhere: Set<Problem.Code> = [
        .invalidRequest, .payloadTooLarge, .tooManyAttempts, .internal, .overloaded, .unavailable,
    ]

    /// All problems that it can answer: those of every endpoint, those that follow from access and input, and its own.
    var problems: Set<Problem.Code> {
        var codes = Self.problemsAnywhere.union(ownProblems)
        if access != .open {
            codes.formUnion([.unauthenticated, .invalidToken])
            if !permits.contains(.newPassword) { codes.insert(.passwordChangeRequired) }
            if !permits.contains(.secondFactorEnrolment) { codes.insert(.secondFactorEnrolmentRequired) }
            if freshness != .none { codes.insert(.reauthenticationRequired) }
            if ![.get, .head].contains(method) { codes.insert(.crossOrigin) }
        }
        if access.isInOrganization { codes.insert(.forbidden) }
        switch access {
        case .scope, .login, .logout: codes.insert(.insufficientScope)
        case .open, .any, .verification, .session: break
        }
        if body() != nil { codes.formUnion([.malformedJSON, .unsupportedMediaType]) }
        if !path.parameters.isEmpty { codes.insert(.notFound) }
        return codes
    }
}
