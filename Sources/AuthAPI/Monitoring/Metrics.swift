import HTTP
import HTTPTypes
public import Identity
import Synchronization

/// The counters of requests and errors. Counting takes some atomic additions a request and no lock.
///
/// ```swift
/// let metrics = Metrics(status: { server.status })
/// let api = AuthAPI(service: service, settings: settings, logger: logger, metrics: metrics, requestIDs: requestIDs)
/// ```
public final class Metrics: Sendable {
    /// The problems that are counted as ends of logins.
    static let loginProblems: [Problem.Code] = [
        .invalidCredentials, .accountInactive, .loginExpired, .tooManyAttempts, .overloaded,
    ]

    /// Tells which routes log in, by their numbers.
    private static let logsIn = Endpoint.all.map { endpoint in
        [Endpoint.logIn, .finishLogin, .logInByPasskey].contains { $0 === endpoint }
    }

    /// The time for which a count of the sessions is good.
    static let sessionCountLifetime = Duration.seconds(30)

    let status: @Sendable () -> ServingStatus
    /// By the routes' numbers.
    let routes = Endpoint.all.map { RouteCounters(method: $0.method.rawValue, route: $0.path.text) }
    /// Requests in the role of an authorizer.
    let authorizer = RouteCounters(method: "any", route: "authorizer")
    /// Requests for no route, and those that could not be read.
    let other = RouteCounters(method: "any", route: "other")
    /// By code.
    let problems = Problem.Code.allCases.map { (code: $0, counter: Counter()) }
    let loginsSucceeded = Counter()
    let loginsRefused = loginProblems.map { (code: $0, counter: Counter()) }
    let loginsFailedOtherwise = Counter()
    /// By the name of the last method.
    let loginsByMethod = AuthenticationMethods.all.names.map { (method: $0, counter: Counter()) }
    let secondFactorFailures = SecondFactorMethod.allCases.map { (method: $0, counter: Counter()) }
    let storeErrors = StoreError.Kind.allCases.map { (kind: $0, counter: Counter()) }
    private let sessionCount = Mutex<(count: Int, at: ContinuousClock.Instant)?>(nil)

    /// Starts to count.
    ///
    /// - Parameter status: the state of the process; called for each answer that shows it.
    public init(status: @escaping @Sendable () -> ServingStatus) {
        self.status = status
    }

    /// Counts an answer.
    ///
    /// - Parameter problem: the code of its problem; `nil` for a success.
    func count(_ exchange: Exchange, _ response: Response, _ problem: Problem.Code?, after duration: Duration) {
        let status = response.status
        switch exchange.route {
        case let route?:
            routes[route.number].count(status, after: duration)
            if Self.logsIn[route.number] { countLogin(problem) }
        case nil where exchange.request.role == .authorizer: authorizer.count(status, after: duration)
        case nil: other.count(status, after: duration)
        }
        count(problem)
    }

    /// Counts the answer to a request that could not be read.
    func countUnreadable(_ response: Response, _ problem: Problem.Code, after duration: Duration) {
        other.count(response.status, after: duration)
        count(problem)
    }

    /// Counts an error of the store, in a request or elsewhere.
    public func count(_ error: StoreError) {
        storeErrors.first { $0.kind == error.kind }?.counter.add()
    }

    private func count(_ problem: Problem.Code?) {
        if let problem { problems.first { $0.code == problem }?.counter.add() }
    }

    private func countLogin(_ problem: Problem.Code?) {
        switch problem {
        case nil: loginsSucceeded.add()
        // It has not ended yet.
        case .secondFactorRequired: break
        case let code?: (loginsRefused.first { $0.code == code }?.counter ?? loginsFailedOtherwise).add()
        }
    }

    /// Counts a login that succeeded, by the second factor or, without one, by the first.
    func countLogin(by methods: AuthenticationMethods) {
        let last = methods == .password ? methods : methods.subtracting(.password)
        guard let name = last.names.first else { return }
        loginsByMethod.first { $0.method == name }?.counter.add()
    }

    /// Counts a wrong answer for a second factor, of a login or of a confirmation; a code that came along with the
    /// password tells no method.
    func countSecondFactorFailure(by method: SecondFactorMethod?) {
        guard let method else { return }
        secondFactorFailures.first { $0.method == method }?.counter.add()
    }

    /// The number of sessions in the store. They are counted at most once in `sessionCountLifetime`: counting takes the
    /// longer the more there are.
    func sessions(in store: any IdentityStore) throws(StoreError) -> Int {
        let now = ContinuousClock.now
        let known = sessionCount.withLock { $0 }
        if let known, known.at.duration(to: now) < Self.sessionCountLifetime { return known.count }
        let count = try store.sessionCount()
        sessionCount.withLock { $0 = (count, now) }
        return count
    }
}
