public import Gateway
import HTTPTypes
public import Identity
public import Logging

/// The HTTP API: finds the route, authenticates the caller, calls the endpoint, and answers errors.
public struct AuthAPI: Handler {
    /// What can be set.
    public struct Settings: Sendable {
        /// The path under which the API is: empty, or with a slash at its beginning and none at its end.
        public var basePath: String
        /// Whether anybody may log in without an API token, as browsers do.
        public var publicLogin: Bool
        /// The session cookie.
        public var cookie: SessionCookie

        /// The most bytes that a body may have.
        public static let bodyLimit = 16 << 10

        /// Makes settings.
        public init(basePath: String = "/api/v1", publicLogin: Bool = false, cookie: SessionCookie) {
            self.basePath = basePath
            self.publicLogin = publicLogin
            self.cookie = cookie
        }
    }

    let service: AuthenticationService
    let settings: Settings
    let logger: Logger
    let metrics: Metrics?
    let description = OpenAPIDocument.Once()

    /// Makes the API.
    ///
    /// - Parameters:
    ///   - service: the operations.
    ///   - logger: gets one line a request at level info, and the causes of errors that the caller is not told.
    ///   - metrics: where is counted what is answered; without them there is nothing for operators to watch.
    public init(service: AuthenticationService, settings: Settings, logger: Logger, metrics: Metrics? = nil) {
        self.service = service
        self.settings = settings
        self.logger = logger
        self.metrics = metrics
    }

    public func respond(to request: Request) -> Response {
        let start = ContinuousClock.now
        var exchange = Exchange(request: request, id: Self.requestID(request.headerFields[.requestID]))
        var response: Response
        var problem: Problem?
        do throws(Problem) {
            response = try answer(&exchange)
        } catch {
            response = error.response(requestID: exchange.id)
            problem = error
        }
        Self.finish(&response, requestID: exchange.id)
        let duration = ContinuousClock.now - start
        metrics?.count(exchange, response, problem?.code, after: duration)
        log(exchange, response, throttled: problem?.throttled, after: duration)
        return response
    }

    public func respond(to fault: MalformedRequest, in variables: MetaVariables) -> Response {
        let start = ContinuousClock.now
        let id = Self.requestID(variables["HTTP_X_REQUEST_ID"])
        let problem = Problem(fault)
        var response = problem.response(requestID: id)
        Self.finish(&response, requestID: id)
        let duration = ContinuousClock.now - start
        metrics?.countUnreadable(response, problem.code, after: duration)
        log(fault, in: variables, id: id, response, after: duration)
        return response
    }

    private func answer(_ exchange: inout Exchange) throws(Problem) -> Response {
        let request = exchange.request
        if request.role == .authorizer { return try authorize(&exchange) }
        let (routes, parameter) = try routes(for: request)
        guard let route = routes.first(where: { $0.answers(request.method) }) else {
            let allow = Route.allowedMethods(routes)
            guard request.method == .options else { throw .methodNotAllowed(allow: allow) }
            return Response(status: .noContent, headerFields: [.allow: allow])
        }
        exchange.parameter = parameter
        exchange.route = route
        try authenticate(&exchange, for: route)
        if let problem = Problem(request.body.arrival, limit: Settings.bodyLimit) { throw problem }
        do {
            return try route.endpoint(self)(exchange)
        } catch {
            throw problem(error, requestID: exchange.id)
        }
    }

    /// Adds what goes with every answer, and is set nowhere else.
    static func finish(_ response: inout Response, requestID: String) {
        response.headerFields.append(.requestID, requestID)
        response.headerFields.append(contentsOf: constantFields)
    }

    private static let constantFields: ResponseFields = [.cacheControl: "no-store", .xContentTypeOptions: "nosniff"]
}
