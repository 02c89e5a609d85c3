import HTTP
import HTTPTypes
public import Identity
import Synchronization

/// What is counted while requests are answered. Counting takes some atomic additions a request and no lock.
public final class Metrics: Sendable {
    /// How a login ended: it succeeded, or this problem was answered.
    static let loginProblems: [Problem.Code] = [.invalidCredentials, .accountInactive, .tooManyAttempts, .overloaded]

    private static let login = Endpoint.all.first { $0.id == Endpoint.logIn.id }?.number

    /// How long a count of the sessions is good for.
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
    let storeErrors = StoreError.Kind.allCases.map { (kind: $0, counter: Counter()) }
    private let sessionCount = Mutex<(count: Int, at: ContinuousClock.Instant)?>(nil)

    /// Starts to count.
    ///
    /// - Parameter status: what the process is doing; asked when somebody wants to know.
    public init(status: @escaping @Sendable () -> ServingStatus) {
        self.status = status
    }

    /// Counts an answer.
    ///
    /// - Parameter problem: the code of the problem that it is.
    func count(_ exchange: Exchange, _ response: Response, _ problem: Problem.Code?, after duration: Duration) {
        let status = response.status
        switch exchange.endpoint {
        case let endpoint?:
            routes[endpoint.number].count(status, after: duration)
            if endpoint.number == Self.login { countLogin(problem) }
        case nil where exchange.request.role == .authorizer: authorizer.count(status, after: duration)
        case nil: other.count(status, after: duration)
        }
        count(problem)
    }

    /// Counts the answer to what could not be read as a request.
    func countUnreadable(_ response: Response, _ problem: Problem.Code, after duration: Duration) {
        other.count(response.status, after: duration)
        count(problem)
    }

    /// Counts an error of the store, whatever the store was wanted for.
    public func count(_ error: StoreError) {
        storeErrors.first { $0.kind == error.kind }?.counter.add()
    }

    private func count(_ problem: Problem.Code?) {
        if let problem { problems.first { $0.code == problem }?.counter.add() }
    }

    private func countLogin(_ problem: Problem.Code?) {
        switch problem {
        case nil: loginsSucceeded.add()
        case let code?: (loginsRefused.first { $0.code == code }?.counter ?? loginsFailedOtherwise).add()
        }
    }

    /// How many sessions the store has. They are counted at most once in `sessionCountLifetime`, since that takes the
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
