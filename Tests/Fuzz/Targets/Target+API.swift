import AuthAPI
import HTTP
import Identity
import Logging
import TestSupport

extension Target {
    /// One for all inputs.
    private static let installation: TestInstallation = {
        do {
            return try TestInstallation(publicLogin: true)
        } catch {
            fatalError("no installation: \(error)")
        }
    }()

    private static let answering = AuthAPI(
        service: installation.service,
        settings: AuthAPI.Settings(publicLogin: true, cookie: .session(maxAge: 3600)),
        logger: Logger(label: "fuzz") { _ in SwiftLogNoOpLogHandler() }, requestIDs: RequestIDs(seed: 1))

    static func api(_ input: [UInt8]) {
        let parts = CGIInput(input) { $0.replacing("TOKEN", with: installation.adminToken) }
        check(parts.variables, body: parts.body)
    }

    static func json(_ input: [UInt8]) {
        for path in ["/api/v1/auth/login", "/api/v1/auth/register"] {
            check(
                [
                    "REQUEST_METHOD": "POST", "REQUEST_URI": path, "CONTENT_TYPE": "application/json",
                    "HTTP_AUTHORIZATION": "Bearer \(installation.adminToken)",
                ], body: input[...])
        }
    }

    static func field(_ name: String, _ value: String) {
        check(
            [
                "REQUEST_METHOD": "POST", "REQUEST_URI": "/api/v1/auth/logout", name: value,
                "HTTP_ORIGIN": "https://auth.example", "HTTP_HOST": "auth.example", "HTTPS": "on",
            ], body: [])
    }

    static func bearer(_ text: String) {
        if let token = BearerToken(text) { precondition(token.text == text) }
        field("HTTP_AUTHORIZATION", text)
        field("HTTP_AUTHORIZATION", "Bearer \(text)")
    }

    /// Answers a request, and checks the form of every answer.
    private static func check(_ variables: MetaVariables, body: ArraySlice<UInt8>) {
        var source = TextBody(rest: body)
        let output = answering.respond(to: variables, body: &source, bodyLimit: AuthAPI.Settings.bodyLimit).output
        let text = String(decoding: output, as: UTF8.self)
        guard let head = text.firstRange(of: "\r\n\r\n").map({ text[..<$0.lowerBound] }) else {
            preconditionFailure("no end of the head: \(text)")
        }
        let lines = head.split(separator: "\r\n", omittingEmptySubsequences: false)
        guard let status = lines.first?.dropFirst("Status: ".count).prefix(3), let code = Int(status) else {
            preconditionFailure("no status: \(text)")
        }
        precondition((200..<500).contains(code), "\(text)")
        precondition(lines.allSatisfy { $0.contains(": ") && !$0.contains("\n") && !$0.contains("\r") })
        precondition(lines.contains { $0.hasPrefix("X-Request-Id: ") })
        precondition(!text.contains(installation.adminToken))
    }
}
