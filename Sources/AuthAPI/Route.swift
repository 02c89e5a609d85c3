import Gateway
import HTTPTypes
import Identity

/// One method on one path.
struct Route: Sendable {
    /// Who may call it.
    enum Access: Sendable, Equatable {
        /// Anybody.
        case open
        /// Who holds an API token with a scope.
        case scope(Scope)
        /// Who holds an API token with a scope, or a session.
        case scopeOrSession(Scope)
        /// Who holds an API token with the scope `login`; anybody, where the installation lets browsers log in.
        case login
    }

    let method: HTTPRequest.Method
    /// The path below the base path.
    let path: String
    let access: Access
    /// Whether it reads a JSON object.
    let hasBody: Bool
    let endpoint: Endpoint

    /// What answers it: a method of the API.
    typealias Endpoint = @Sendable (AuthAPI) -> (Exchange) throws(EndpointError) -> Response

    /// The whole API.
    static let all: [Route] = [
        Route(.post, "/auth/register", .scope(.register), AuthAPI.register, hasBody: true),
        Route(.post, "/auth/login", .login, AuthAPI.login, hasBody: true),
        Route(.post, "/auth/logout", .scopeOrSession(.login), AuthAPI.logout),
        Route(.get, "/health/live", .open, AuthAPI.live),
        Route(.get, "/health/ready", .open, AuthAPI.ready),
    ]

    private init(
        _ method: HTTPRequest.Method, _ path: String, _ access: Access, _ endpoint: @escaping Endpoint,
        hasBody: Bool = false
    ) {
        self.method = method
        self.path = path
        self.access = access
        self.hasBody = hasBody
        self.endpoint = endpoint
    }

    /// Whether it answers a method: its own, and `HEAD` where that is `GET`.
    func answers(_ method: HTTPRequest.Method) -> Bool {
        method == self.method || method == .head && self.method == .get
    }

    /// The value of `Allow` for a path with these routes.
    static func allowedMethods(_ routes: [Route]) -> String {
        let methods = routes.flatMap { $0.method == .get ? [$0.method, .head] : [$0.method] }
        return (methods + [.options]).map(\.rawValue).joined(separator: ", ")
    }
}

/// Why an endpoint did not do what it was asked to.
enum EndpointError: Error {
    /// An operation failed.
    case operation(AuthenticationError)
    /// The request itself is refused.
    case problem(Problem)
}

/// A request on its way, with what was found out about it.
struct Exchange: Sendable {
    /// The request.
    let request: Request
    /// Its identifier.
    let id: String
    /// Who makes it; `nil` where the route is open.
    var principal: Principal?
    /// What its body holds, where the route has one.
    var form: Form?

    init(request: Request, id: String) {
        self.request = request
        self.id = id
    }
}
