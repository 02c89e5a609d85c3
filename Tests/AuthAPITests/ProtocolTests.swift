import AuthAPI
import Foundation
import HTTP
import HTTPTypes
import TestSupport
import Testing

struct ProtocolTests {
    let installation: TestInstallation

    init() throws {
        installation = try TestInstallation()
    }

    /// Shows that the requests before did no harm.
    private func expectNextRequestWorks() {
        #expect(installation.login(TestInstallation.ownerEmail, TestInstallation.ownerPassword).status == 200)
    }

    @Test(arguments: [
        "", "/", "/auth", "/auth/", "/auth/login/", "/auth//login", "//auth/login", "/auth/./login", "/auth/x/../login",
        "/auth%2Flogin", "/auth/login%2F", "/auth/%2e%2e/auth/login", "/AUTH/LOGIN", "/auth/login;x", "/auth/login%00",
        "/auth/login%20", "/auth/logi%C3%B1", "/auth/\\login",
    ])
    func `any other path is not found`(_ path: String) {
        let answer = installation.call("POST", path, "{}", token: installation.adminToken)
        #expect(answer.status == 404)
        #expect(answer.code == "not_found")
        expectNextRequestWorks()
    }

    @Test(arguments: [
        "/account/", "/account//reset-password", "/account/x/reset-password/", "/account/acct_0000000000000000/",
        "/account/token/", "/app/user/user_0000000000000000/activate/now", "/account/acct_0000000000000000/none",
    ])
    func `a path with a part more or less is not found`(_ path: String) {
        for method in ["GET", "POST", "DELETE", "OPTIONS"] {
            #expect(installation.call(method, path, token: installation.adminToken).status == 404)
        }
    }

    @Test(arguments: [
        "/account/x", "/account/ACCT_0000000000000000", "/account/acct_000000000000000",
        "/account/acct_000000000000000g",
        "/account/acct_00000000000000000", "/account/user_0000000000000000", "/account/acct_0000000000000000%20",
        "/app/user/acct_0000000000000000", "/account/%61cct_%30000000000000000",
    ])
    func `a malformed identifier names nothing`(_ path: String) {
        #expect(installation.call("GET", path, token: installation.adminToken).code == "not_found")
    }

    @Test func `a fixed segment goes before a parameter`() {
        #expect(installation.call("POST", "/account/me", "{}", token: installation.adminToken).status == 405)
        #expect(installation.call("DELETE", "/account/session", token: installation.adminToken).code == "forbidden")
    }

    @Test(arguments: ["/auth/%6Cogin", "/auth/%6cog%69n", "/auth/login?x=/../y"])
    func `the same path written otherwise is found`(_ path: String) {
        #expect(installation.call("POST", path, "{}", token: installation.adminToken).status == 400)
    }

    @Test(arguments: ["/api/v2/auth/login", "/auth/login", "/api/v1", "/api/v1auth/login", "/x/api/v1/auth/login"])
    func `nothing is found beside the base path`(_ target: String) {
        let answer = installation.call("POST", "", token: installation.adminToken, variables: ["REQUEST_URI": target])
        #expect(answer.code == "not_found")
    }

    @Test func `the base path may stand behind where the server mounted the program`() {
        let answer = installation.call(
            "POST", "", token: installation.adminToken,
            variables: ["REQUEST_URI": "/cgi-bin/postern/api/v1/auth/logout", "SCRIPT_NAME": "/cgi-bin/postern"])
        #expect(answer.body == "\"ok\"")
    }

    @Test(arguments: ["GET", "HEAD", "PUT", "DELETE", "PATCH", "TRACE", "CONNECT", "BREW", "post"])
    func `a known path with another method says which it has`(_ method: String) {
        let answer = installation.call(method, "/auth/login", token: installation.adminToken)
        #expect(answer.status == 405)
        #expect(answer.fields[.allow] == "POST, OPTIONS")
        if method != "HEAD" { #expect(answer.code == "method_not_allowed") }
    }

    @Test func `OPTIONS tells the methods, to anybody`() {
        let post = installation.call("OPTIONS", "/auth/login")
        #expect(post.status == 204)
        #expect(post.fields[.allow] == "POST, OPTIONS")
        #expect(post.fields[.contentLength] == nil)
        #expect(installation.call("OPTIONS", "/health/live").fields[.allow] == "GET, HEAD, OPTIONS")
        #expect(installation.call("OPTIONS", "/account/me").fields[.allow] == "GET, HEAD, PUT, DELETE, OPTIONS")
        #expect(
            installation.call("OPTIONS", "/account/acct_0000000000000000").fields[.allow]
                == "GET, HEAD, POST, DELETE, OPTIONS")
        #expect(installation.call("OPTIONS", "/nowhere").status == 404)
    }

    @Test func `HEAD is GET without the content`() {
        let get = installation.call("GET", "/health/live")
        let head = installation.call("HEAD", "/health/live")
        #expect(get.body == #"{"status":"ok"}"#)
        #expect(head.body == "")
        #expect(head.status == 200)
        #expect(head.fields[.contentLength] == get.fields[.contentLength])
    }

    @Test(arguments: [
        "text/plain", "application/x-www-form-urlencoded", "application/jsonx", "application/json+x",
        "application/json x", "", nil,
    ])
    func `another media type is refused`(_ type: String?) {
        for route in ["/auth/login", "/auth/register"] {
            let answer = installation.call("POST", route, "{}", token: installation.adminToken, type: type)
            #expect(answer.status == 415)
            #expect(answer.code == "unsupported_media_type")
        }
    }

    @Test(arguments: [
        "application/json", "application/json; charset=utf-8", "Application/JSON ;charset=utf-8",
        "application/json\t;a=b",
    ])
    func `parameters of the media type are allowed`(_ type: String) {
        let body = TestInstallation.credentials(TestInstallation.ownerEmail, TestInstallation.ownerPassword)
        #expect(
            installation.call("POST", "/auth/login", body, token: installation.adminToken, type: type).status == 200)
    }

    @Test func `a body of 16 KiB passes, and one byte more is too large`() {
        let body = TestInstallation.credentials(TestInstallation.ownerEmail, TestInstallation.ownerPassword)
        let full = body + String(repeating: " ", count: 16384 - body.utf8.count)
        #expect(installation.post("/auth/login", full).status == 200)
        for path in ["/auth/login", "/auth/register", "/auth/logout"] {
            let answer = installation.post(path, full + " ")
            #expect(answer.status == 413)
            #expect(answer.code == "payload_too_large")
        }
        expectNextRequestWorks()
    }

    @Test(arguments: [("3", 400), ("100000", 413), ("99999999999999999999", 413), ("-2", 400), ("x", 400), ("60", 400)])
    func `a Content-Length that lies is refused`(_ length: String, _ status: Int) {
        let answer = installation.call(
            "POST", "/auth/login", #"{"email": "a@example.test", "password": "x"}"#, token: installation.adminToken,
            variables: ["CONTENT_LENGTH": length])
        #expect(answer.status == status)
        #expect(answer.code != nil)
        expectNextRequestWorks()
    }

    @Test(arguments: [
        "", " ", "{", "}", "{]", "[", "nul", "tru", "{\"email\"}", "{\"email\":}", "{\"email\":\"a\",}", "{,}",
        "{\"email\":\"a\"}x", "{\"email\":\"a\"}{}", "{'email':'a'}", "{email:1}", "{\"email\":\"a\nb\"}",
        "{\"email\":\"\\x\"}", "{\"email\":\"\\u12\"}", "{\"email\":\"\\ud800\"}", "{\"email\":\"\\udc00\\ud800\"}",
        "{\"email\":\"a\",\"email\":\"b\"}", "{\"email\":\"a\",\"em\\u0061il\":\"b\"}", "{\"a\":01}", "{\"a\":1.}",
        "{\"a\":.5}", "{\"a\":+1}", "{\"a\":1e}", "{\"a\":NaN}", "{\"a\":-}", "\u{FEFF}{}", "{\"a\":1}//x",
        "{\"email\":\"unterminated", String(repeating: "[", count: 10000), String(repeating: "{\"a\":", count: 2000),
        "{\"a\":\(String(repeating: "[", count: 33))\(String(repeating: "]", count: 33))}",
    ])
    func `malformed JSON is told`(_ body: String) {
        for path in ["/auth/login", "/auth/register"] {
            let answer = installation.post(path, body)
            #expect(answer.status == 400)
            #expect(answer.code == "malformed_json")
        }
        expectNextRequestWorks()
    }

    @Test(arguments: ["[]", "null", "true", "42", "\"text\"", "[{\"email\": \"a\"}]"])
    func `JSON that is no object is told`(_ body: String) {
        let answer = installation.post("/auth/login", body)
        #expect(answer.code == "invalid_request")
        #expect(answer.faults == [" wrong_type"])
    }

    @Test(arguments: [
        #"{"email": "a@example.test", "password": 1e999999}"#, #"{"email": -0.0e-0, "password": "x"}"#,
        "{\"email\": \(String(repeating: "9", count: 5000)), \"password\": \"x\"}",
        #"{"email": {"a": [null]}, "password": true}"#,
    ])
    func `members of a wrong type are told, however odd`(_ body: String) {
        let answer = installation.post("/auth/login", body)
        #expect(answer.status == 400)
        #expect(answer.code == "invalid_request")
    }

    @Test(arguments: [
        [0x22, 0xFF, 0x22], [0xC0, 0xAF], [0xED, 0xA0, 0x80], [0xF5, 0x80, 0x80, 0x80], [0xE2, 0x82],
    ])
    func `a body that is not UTF-8 is told`(_ bytes: [UInt8]) throws {
        var source = TextBody(rest: (Array("{\"a\":\"".utf8) + bytes + Array("\"}".utf8))[...])
        let variables: MetaVariables = [
            "REQUEST_METHOD": "POST", "REQUEST_URI": "/api/v1/auth/login", "CONTENT_TYPE": "application/json",
            "HTTP_AUTHORIZATION": "Bearer \(installation.adminToken)",
        ]
        let output = String(
            decoding: installation.api.respond(to: variables, body: &source, bodyLimit: 16384).output, as: UTF8.self)
        #expect(output.hasPrefix("Status: 400"))
        #expect(output.contains("malformed_json"))
    }

    @Test func `names that differ in composition only are two names`() {
        #expect(installation.post("/auth/login", #"{"\u00e9": 1, "e\u0301": 2}"#).code == "invalid_request")
    }

    @Test(arguments: ["", "GE T", "G\r\nX: y"])
    func `what has no method is no request, and keeps its identifier`(_ method: String) {
        let answer = installation.call(
            "GET", "/health/live", fields: ["X-Request-Id": "r1"], variables: ["REQUEST_METHOD": method])
        #expect(answer.object["request_id"] as? String == "r1")
        #expect(answer.status == 400)
        #expect(answer.code == "invalid_request")
        expectNextRequestWorks()
    }
}
