public import HTTP
import HTTPTypes
public import Identity
public import Logging

/// The HTTP API: finds the route, authenticates the caller, calls the endpoint, and answers errors.
///
/// ```swift
/// let api = AuthAPI(service: service, settings: settings, logger: logger, requestIDs: RequestIDs(seed: seed))
/// if case .response(let response) = api.answer(.request(request)) { … }
/// ```
public struct AuthAPI: Handler {
    /// The parts that an operator sets.
    public struct Settings: Sendable {
        /// The path under which the API is: empty, or with a slash at its beginning and none at its end.
        public var basePath: String
        /// The address under which the world reaches the API; `nil` if the operator names none. It is the only
        /// source of absolute addresses: nothing of one is ever taken from a request.
        public var publicURL: PublicURL?
        /// True if anybody may log in without an API token, as browsers do.
        public var publicLogin: Bool
        /// The session cookie.
        public var cookie: Cookie

        /// The longest body in bytes.
        public static let bodyLimit = 16 << 10

        /// Makes settings.
        public init(
            basePath: String = "/api/v1", publicURL: PublicURL? = nil, publicLogin: Bool = false, cookie: Cookie
        ) {
            self.basePath = basePath
            self.publicURL = publicURL
            self.publicLogin = publicLogin
            self.cookie = cookie
        }
    }

    let service: AuthenticationService
    let settings: Settings
    let logger: Logger
    let metrics: Metrics?
    let requestIDs: RequestIDs
    let description = OpenAPIDocument.Once()

    /// Makes the API.
    ///
    /// - Parameters:
    ///   - service: the operations.
    ///   - logger: gets one line a request at level info, and the causes of errors that the caller is not told.
    ///   - metrics: the counters of answers; `nil` for a process that answers one request only.
    ///   - requestIDs: names the requests that come without a name.
    public init(
        service: AuthenticationService, settings: Settings, logger: Logger, metrics: Metrics? = nil,
        requestIDs: RequestIDs
    ) {
        self.service = service
        self.settings = settings
        self.logger = logger
        self.metrics = metrics
        self.requestIDs = requestIDs
    }

    public func answer(_ received: ReceivedRequest) -> Answer {
        switch received {
        case .request(let request):
            answer(request, id: requestIDs.identifier(request.headerFields[.requestID]), .some, since: .now)
        case .malformed(let error, let variables): .response(response(to: error, in: variables))
        }
    }

    /// Answers a request, or answers one anew that was postponed. One that is postponed is not counted and logged yet.
    private func answer(
        _ request: Request, id: String, _ patience: AttemptPatience, since start: ContinuousClock.Instant
    ) -> Answer {
        var exchange = Exchange(request: request, id: id, patience: patience)
        var response: Response
        var problem: Problem?
        do throws(Problem) {
            switch try outcome(of: &exchange) {
            case .response(let given): response = given
            case .wait(let wait): return .postponed(postponement(of: request, id: id, wait, since: start))
            }
        } catch {
            response = error.response(requestID: id)
            problem = error
            noteRefusal(error.code, of: exchange)
        }
        Self.finish(&response, requestID: id)
        let duration = ContinuousClock.now - start
        metrics?.count(exchange, response, problem?.code, after: duration)
        log(exchange, response, problem, after: duration)
        return .response(response)
    }

    private func postponement(
        of request: Request, id: String, _ wait: AttemptWait, since start: ContinuousClock.Instant
    ) -> Postponement {
        Postponement(
            deadline: wait.deadline, signal: { wait.whenDecided($0) },
            resume: { answer(request, id: id, .waiting(wait), since: start) },
            conclude: { answer(request, id: id, .none, since: start).response() })
    }

    private func response(to fault: MalformedRequest, in variables: MetaVariables) -> Response {
        let start = ContinuousClock.now
        let id = requestIDs.identifier(variables["HTTP_X_REQUEST_ID"])
        let problem = Problem(fault)
        var response = problem.response(requestID: id)
        Self.finish(&response, requestID: id)
        let duration = ContinuousClock.now - start
        metrics?.countUnreadable(response, problem.code, after: duration)
        log(fault, in: variables, id: id, response, problem, after: duration)
        return response
    }

    /// The outcome of a request that no problem stops.
    private enum Outcome {
        case response(Response)
        /// It is to be answered anew.
        case wait(AttemptWait)
    }

    private func outcome(of exchange: inout Exchange) throws(Problem) -> Outcome {
        let request = exchange.request
        if request.role == .authorizer { return .response(try authorize(&exchange)) }
        let endpoint: Endpoint
        switch Route.router.match(request, under: settings.basePath) {
        case .endpoint(let route, let parameters):
            exchange.parameters = parameters
            exchange.route = route
            endpoint = route.endpoint
        case .otherMethods(let allow) where request.method == .options:
            return .response(Response(status: .noContent, headerFields: [.allow: allow]))
        case .otherMethods(let allow): throw .methodNotAllowed(allow: allow)
        case .nothing: throw .notFound
        }
        try authenticate(&exchange, for: endpoint)
        if let problem = Problem(request.body.arrival, limit: Settings.bodyLimit) { throw problem }
        do {
            return .response(try endpoint.respond(self, exchange))
        } catch AuthenticationError.attemptsUnderWay(let wait) {
            return .wait(wait)
        } catch {
            throw problem(error, requestID: exchange.id)
        }
    }

    /// Adds the fields of every answer, which nothing else sets.
    static func finish(_ response: inout Response, requestID: String) {
        response.headerFields.append(.requestID, requestID)
        response.headerFields.append(contentsOf: constantFields)
    }

    private static let constantFields: ResponseFields = [.cacheControl: "no-store", .xContentTypeOptions: "nosniff"]
}
