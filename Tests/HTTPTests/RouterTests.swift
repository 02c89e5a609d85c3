import HTTPTypes
import Testing

@testable import HTTP

struct RouterTests {
    private static let routes: [Router<String>.Route] = [
        .init(.get, "/account", "accounts"), .init(.get, "/account/{id}", "account"),
        .init(.delete, "/account/{id}", "erase"), .init(.get, "/account/me", "own"),
        .init(.put, "/account/me", "update"),
        .init(.get, "/account/{id}/session/{sessionId}", "session"),
        .init(.get, "/account/me/session", "own sessions"), .init(.post, "/account/{id}/{action}", "action"),
        .init(.get, "/.well-known/openid-configuration", isOutsideBase: true, "openid"),
    ]

    private func request(_ method: String, _ path: String, scriptName: String = "") throws -> Request {
        var body = ArrayBody("")
        return try Request(
            ["REQUEST_METHOD": method, "REQUEST_URI": path, "SCRIPT_NAME": scriptName], body: &body, bodyLimit: 0)
    }

    private func found(
        _ method: String, _ path: String, under base: String = "/api", scriptName: String = "",
        _ names: [String] = ["id", "sessionId", "action"]
    ) throws -> String {
        let router = try Router(Self.routes)
        return switch router.match(try request(method, path, scriptName: scriptName), under: base) {
        case .endpoint(let name, let parameters):
            ([name] + names.compactMap { name in parameters[name].map { "\(name)=\($0)" } }).joined(separator: " ")
        case .otherMethods(let allow): allow
        case .nothing: "-"
        }
    }

    @Test(arguments: [
        ("GET", "/api/account", "accounts"), ("GET", "/api/account/acc_1", "account id=acc_1"),
        ("HEAD", "/api/account/acc_1", "account id=acc_1"), ("DELETE", "/api/account/acc_1", "erase id=acc_1"),
        ("GET", "/api/account/acc_1/session/ses_2", "session id=acc_1 sessionId=ses_2"),
        ("POST", "/api/account/acc_1/lock", "action id=acc_1 action=lock"),
    ])
    func `a path leads to its endpoint, with every parameter`(_ method: String, _ path: String, _ name: String) throws {
        #expect(try found(method, path) == name)
    }

    @Test(arguments: [
        ("GET", "/api/account/me", "own"), ("GET", "/api/account/me/session", "own sessions"),
        ("GET", "/api/account/me/session/ses_2", "session id=me sessionId=ses_2"),
        ("POST", "/api/account/me/lock", "action id=me action=lock"),
    ])
    func `a literal segment wins over a parameter, unless it leads nowhere`(
        _ method: String, _ path: String, _ name: String
    ) throws {
        #expect(try found(method, path) == name)
    }

    @Test func `other methods get those of the path`() throws {
        #expect(try found("POST", "/api/account/acc_1") == "GET, HEAD, DELETE, OPTIONS")
        #expect(try found("OPTIONS", "/api/account/me") == "GET, HEAD, PUT, OPTIONS")
        #expect(try found("DELETE", "/api/account/me") == "GET, HEAD, PUT, OPTIONS")
    }

    @Test(arguments: [
        "/api", "/api/", "/account", "/apix/account", "/api/account/", "/api/account/a/b/c", "/api//account",
        "/api/account/a/session/", "/api/Account", "/api/account%2Fme", "/api/\u{e4}", "/api/accoun\u{74}\u{301}",
        "/api/./account", "/api/.well-known/openid-configuration", "/api/account/\u{e4}", "/api/account/a\u{301}",
        "/api/account/\u{e4}/session/ses_2",
    ])
    func `any other path has no route`(_ path: String) throws {
        #expect(try found("GET", path) == "-")
    }

    @Test func `what needs no encoding is the same encoded, and an encoded slash is no slash`() throws {
        #expect(try found("GET", "/%61pi/account/%6De") == "own")
        #expect(try found("GET", "/api/account/a%2Fb") == "account id=a%2Fb")
    }

    @Test func `the base path stands at the beginning or behind the mount`() throws {
        #expect(try found("GET", "/cgi-bin/postern/api/account", scriptName: "/cgi-bin/postern") == "accounts")
        #expect(try found("GET", "/cgi-bin/postern/api/account", scriptName: "/cgi-bin/pos") == "-")
        #expect(try found("GET", "/account", under: "") == "accounts")
    }

    @Test func `no route has a second path, behind both the base path and the mount`() throws {
        #expect(try found("GET", "/api/account", scriptName: "/api") == "accounts")
        #expect(try found("GET", "/api/api/account", scriptName: "/api") == "-")
        #expect(try found("GET", "/cgi-bin/account", under: "", scriptName: "/cgi-bin") == "-")
    }

    @Test func `a route outside the base path is of the whole server`() throws {
        #expect(try found("GET", "/.well-known/openid-configuration") == "openid")
        #expect(try found("GET", "/.well-known/openid-configuration", under: "") == "openid")
        #expect(try found("POST", "/.well-known/openid-configuration") == "GET, HEAD, OPTIONS")
    }

    @Test func `two routes that match the same paths are refused`() {
        let first = Router<String>.Route(.get, "/a/{id}/b", "first")
        #expect(throws: RouteConflict(first: "/a/{id}/b", second: "/a/{id}/b")) { try Router([first, first]) }
        #expect(throws: RouteConflict(first: "/a/{id}/b", second: "/a/{hash}/b")) {
            try Router([first, .init(.put, "/a/{hash}/b", "second")])
        }
        #expect(throws: Never.self) {
            try Router([first, .init(.put, "/a/{id}/b", "second"), .init(.get, "/a/{hash}", "third")])
        }
    }
}
