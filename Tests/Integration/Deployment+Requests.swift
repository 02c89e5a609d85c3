import Foundation
import Glibc

/// Requests without a web server, each by a process of its own.
extension Deployment {
    /// The program that answers a request.
    enum Way {
        /// A run of the program as CGI.
        case cgi
        /// The responder that runs.
        case responder
    }

    /// Makes a request.
    ///
    /// - Parameters:
    ///   - path: below the API's base path.
    ///   - more: settings of the program, if it runs as CGI.
    func request(
        _ method: String, _ path: String, bearer: String, body: String = "", by way: Way,
        environment more: [String: String] = [:]
    ) throws -> Answer {
        guard way == .cgi else { return try send(method, path, body, bearer: bearer) }
        let variables = Self.variables(method, path, bearer: bearer, bodyLength: body.utf8.count)
        let outcome = try postern([], input: body, environment: variables.merging(more) { $1 })
        return Answer("HTTP/1.1 " + outcome.text.dropFirst("Status: ".count))
    }

    /// The meta-variables of a request.
    static func variables(_ method: String, _ path: String, bearer: String, bodyLength: Int) -> [String: String] {
        [
            "GATEWAY_INTERFACE": "CGI/1.1", "SERVER_PROTOCOL": "HTTP/1.1", "REQUEST_METHOD": method,
            "REQUEST_URI": "/api/v1\(path)", "REMOTE_ADDR": "127.0.0.1", "HTTP_HOST": "localhost", "HTTPS": "on",
            "CONTENT_TYPE": bodyLength == 0 ? "" : "application/json", "CONTENT_LENGTH": String(bodyLength),
            "HTTP_AUTHORIZATION": "Bearer \(bearer)", "HTTP_USER_AGENT": "a test", "HTTP_X_CLIENT_ADDRESS": "127.0.0.1",
        ]
    }

    /// The status of a request that changes nothing and that every credential may make.
    func status(of bearer: String, by way: Way) throws -> Int {
        try request("GET", "/auth/session", bearer: bearer, by: way).status
    }

    /// Logs an account in.
    ///
    /// - Returns: the session's token.
    func logIn(_ email: String, password: String, by way: Way = .cgi) throws -> String {
        let body = try JSONSerialization.data(withJSONObject: ["email": email, "password": password])
        let answer = try request(
            "POST", "/auth/login", bearer: token, body: String(decoding: body, as: UTF8.self), by: way)
        let cookie = answer.values("set-cookie").first?.prefix { $0 != ";" } ?? ""
        guard answer.status == 200, let equals = cookie.firstIndex(of: "=") else {
            throw Failure(what: "login: \(answer.status) \(answer.body)")
        }
        return String(cookie[cookie.index(after: equals)...])
    }

    /// Starts the responder and waits until it answers.
    func serve() throws {
        try startResponder()
        for _ in 0..<200 {
            if try request("GET", "/health/ready", bearer: "", by: .responder).status == 200 { return }
            usleep(50_000)
        }
        throw Failure(what: "not ready: \((try? String(contentsOfFile: log, encoding: .utf8)) ?? "no log")")
    }

    /// Runs a command that has to work.
    @discardableResult
    func successful(_ arguments: [String], input: String = "") throws -> Outcome {
        let outcome = try postern(arguments, input: input)
        guard outcome.status == 0 else {
            throw Failure(what: "\(arguments.joined(separator: " ")): \(outcome.status) \(outcome.errors)")
        }
        return outcome
    }

    /// The JSON array of objects that a command prints.
    func objects(_ arguments: [String]) throws -> [[String: Any]] {
        let outcome = try successful(arguments + ["--json"])
        return try JSONSerialization.jsonObject(with: outcome.output) as? [[String: Any]] ?? []
    }

    /// The only objects of a JSON lines output.
    func lines(_ arguments: [String]) throws -> [[String: Any]] {
        try successful(arguments).text.split(separator: "\n").map { line in
            guard let object = try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any] else {
                throw Failure(what: "no object: \(line)")
            }
            return object
        }
    }

    static let password = "northern lights over tromso"

    /// Creates an account in an organization.
    func createAccount(_ email: String, roles: [String] = [], in organization: String = "example") throws {
        try successful(
            ["account", "create", "--email", email, "--organization", organization]
                + roles.flatMap { ["--role", $0] },
            input: Self.password + "\n")
    }
}
