import Foundation

/// Requests to the responder, for use on other threads.
struct Sender: Sendable {
    let socket: String
    let token: String

    /// Sends a request by a process of its own.
    func callAsFunction(
        _ method: String, _ path: String, _ body: String = "", bearer: String? = nil
    ) throws -> Answer {
        let variables = Deployment.variables(method, path, bearer: bearer ?? token, bodyLength: body.utf8.count)
        let outcome = try run(
            "cgi-fcgi", ["-bind", "-connect", socket], environment: variables, input: Data(body.utf8))
        return Answer("HTTP/1.1 " + outcome.text.dropFirst("Status: ".count))
    }

    /// Registers an account.
    ///
    /// - Returns: the status; 0 if there was no answer.
    func register(_ email: String) throws -> Int {
        try self("POST", "/auth/register", Deployment.registration(email)).status
    }
}

extension Deployment {
    var send: Sender { Sender(socket: socket, token: token) }
}
