import HTTPTypes
import System
import Testing

@testable import HTTP

/// A body in memory that hands out a few bytes at a time.
struct ArrayBody: BodySource {
    var bytes: [UInt8]
    var piece = 7
    private(set) var taken = 0

    init(_ text: String) { bytes = Array(text.utf8) }
    init(bytes: [UInt8]) { self.bytes = bytes }

    mutating func read(into buffer: UnsafeMutableRawBufferPointer) -> Int {
        let count = min(piece, buffer.count, bytes.count - taken)
        for index in 0..<max(count, 0) { unsafe buffer[index] = bytes[taken + index] }
        taken += count
        return count
    }
}

func request(_ variables: MetaVariables, body: String = "", limit: Int = 64) throws(MalformedRequest) -> Request {
    var source = ArrayBody(body)
    return try Request(variables, body: &source, bodyLimit: limit)
}

func text(_ body: RequestBody) -> String {
    body.bytes.withSpan { span in String(decoding: span.indices.map { span[$0] }, as: UTF8.self) }
}

struct RequestTests {
    @Test func `meta-variables become method, target, authority and fields`() throws {
        let request = try request(
            [
                "REQUEST_METHOD": "POST", "REQUEST_URI": "/api/v1/auth/login?a=b", "SCRIPT_NAME": "/api",
                "HTTP_HOST": "localhost:8443", "HTTPS": "on", "CONTENT_TYPE": "application/json", "CONTENT_LENGTH": "5",
                "HTTP_AUTHORIZATION": "Bearer x", "HTTP_X_REQUEST_ID": "abc", "REMOTE_ADDR": "::1",
                "SERVER_NAME": "other", "HTTP_COOKIE": "a=b",
            ], body: "hello")
        #expect(request.method == .post)
        #expect(request.path == "/api/v1/auth/login")
        #expect(request.query == "a=b")
        #expect(request.scheme == "https")
        #expect(request.authority == "localhost:8443")
        #expect(request.scriptName == "/api")
        #expect(request.remoteAddress == "::1")
        #expect(request.role == .responder)
        #expect(request.headerFields[.authorization] == "Bearer x")
        #expect(request.headerFields[.contentType] == "application/json")
        #expect(request.headerFields[.cookie] == "a=b")
        #expect(request.headerFields[HTTPField.Name("x-request-id")!] == "abc")
        #expect(text(request.body) == "hello")
    }

    @Test(
        "the target, where the server does not send it as it was written",
        arguments: [
            (["SCRIPT_NAME": "/cgi-bin/postern", "PATH_INFO": "/api/v1/x"], "/cgi-bin/postern/api/v1/x", ""),
            (["SCRIPT_NAME": "/api/v1/x", "QUERY_STRING": "q=1"], "/api/v1/x", "q=1"),
            (["PATH_INFO": "/api/v1/x"], "/api/v1/x", ""),
            (["REQUEST_URI": "/raw%2F?x?y", "PATH_INFO": "/decoded"], "/raw%2F", "x?y"),
        ])
    func target(_ variables: [String: String], _ path: String, _ query: String) throws {
        var all = MetaVariables(variables)
        all.append(name: "REQUEST_METHOD", value: "GET")
        let request = try request(all)
        #expect(request.path == path)
        #expect(request.query == query)
    }

    @Test(
        "a target in absolute form",
        arguments: [
            ("http://auth.example/api/v1/x?a=b", "auth.example", "/api/v1/x", "a=b"),
            ("HTTPS://Auth.example:8443/x", "Auth.example:8443", "/x", ""),
            ("http://[::1]:80/x%2Fy??", "[::1]:80", "/x%2Fy", "?"), ("http://x", "x", "/", ""),
            ("https://x?a=/b", "x", "/", "a=/b"), ("http://x/http://y/", "x", "/http://y/", ""),
        ])
    func absoluteForm(_ target: String, _ authority: String, _ path: String, _ query: String) throws {
        let request = try request([
            "REQUEST_METHOD": "GET", "REQUEST_URI": target, "HTTP_HOST": "other", "HTTPS": "on",
        ])
        #expect(request.authority == authority)
        #expect(request.path == path)
        #expect(request.query == query)
        // The web server says by which scheme it came.
        #expect(request.scheme == "https")
    }

    @Test(
        "without a Host field the server's own name counts",
        arguments: [
            (["SERVER_NAME": "auth.example"], "auth.example"),
            (["SERVER_NAME": "auth.example", "SERVER_PORT": "443", "HTTPS": "on"], "auth.example"),
            (["SERVER_NAME": "auth.example", "SERVER_PORT": "80"], "auth.example"),
            (["SERVER_NAME": "auth.example", "SERVER_PORT": "8443", "HTTPS": "on"], "auth.example:8443"),
            (["SERVER_NAME": "::1", "SERVER_PORT": "80", "HTTPS": "on"], "[::1]:80"),
            (["SERVER_NAME": "[::1]"], "[::1]"), (["SERVER_PORT": "443"], nil),
            (["SERVER_NAME": "auth.example", "SERVER_PORT": "8443", "HTTP_HOST": "other"], "other"),
        ])
    func ownName(_ variables: [String: String], _ authority: String?) throws {
        var all = MetaVariables(variables)
        for (name, value) in ["REQUEST_METHOD": "GET", "PATH_INFO": "/"] { all.append(name: name, value: value) }
        #expect(try request(all).authority == authority)
    }

    @Test func `Apache's renamed Authorization is found, and goes behind the plain one`() throws {
        let redirected = try request([
            "REQUEST_METHOD": "GET", "PATH_INFO": "/", "REDIRECT_HTTP_AUTHORIZATION": "Bearer a",
        ])
        #expect(redirected.headerFields[.authorization] == "Bearer a")
        let both = try request([
            "REQUEST_METHOD": "GET", "PATH_INFO": "/", "REDIRECT_HTTP_AUTHORIZATION": "Bearer a",
            "HTTP_AUTHORIZATION": "Bearer b",
        ])
        #expect(both.headerFields[values: .authorization] == ["Bearer b"])
    }

    @Test func `a Proxy field never arrives`() throws {
        let request = try request([
            "REQUEST_METHOD": "GET", "PATH_INFO": "/", "HTTP_PROXY": "http://evil", "HTTP_PRoXY": "http://evil",
            "HTTP_X_ORG": "here",
        ])
        #expect(request.headerFields[HTTPField.Name("X-Org")!] == "here")
        #expect(request.headerFields[HTTPField.Name("Proxy")!] == nil)
    }

    @Test func `what an authorizer shall ask for comes from the server alone`() throws {
        let plain = try request(["REQUEST_METHOD": "GET", "PATH_INFO": "/", "HTTP_POSTERN_REQUIRED_ROLE": "AppGuest"])
        #expect(plain.requirements.isEmpty)
        let bound = try request([
            "REQUEST_METHOD": "GET", "PATH_INFO": "/", "POSTERN_REQUIRED_ROLE": "AppAdmin",
            "POSTERN_REQUIRED_ORG": "example", "HTTP_POSTERN_REQUIRED_ROLE": "AppGuest",
            "POSTERN_DATABASE": "/x",
        ])
        #expect(bound.requirements.map(\.name) == ["POSTERN_REQUIRED_ROLE", "POSTERN_REQUIRED_ORG"])
        #expect(bound.requirements.map(\.value) == ["AppAdmin", "example"])
    }

    @Test func `what an authorizer shall ask for is told also where it is empty, twice there or mistyped`() throws {
        var variables: MetaVariables = ["REQUEST_METHOD": "GET", "PATH_INFO": "/"]
        let sent = [
            ("POSTERN_REQUIRED_ROLE", ""), ("POSTERN_REQUIRED_ROLE", "AppAdmin"), ("postern_required_role", "x"),
            ("POSTERN_REQUIRED_ROLES", "y"),
        ]
        for (name, value) in sent { variables.append(name: name, value: value) }
        let requirements = try request(variables).requirements
        #expect(requirements.map(\.name) == sent.map(\.0))
        #expect(requirements.map(\.value) == sent.map(\.1))
    }

    @Test func `the role of an authorizer is told`() throws {
        let request = try request(["REQUEST_METHOD": "GET", "PATH_INFO": "/", "FCGI_ROLE": "AUTHORIZER"])
        #expect(request.role == .authorizer)
    }

    @Test(
        "requests that are none",
        arguments: [
            (["PATH_INFO": "/"], MalformedRequest.method),
            (["REQUEST_METHOD": "", "PATH_INFO": "/"], .method),
            (["REQUEST_METHOD": "GE T", "PATH_INFO": "/"], .method),
            (["REQUEST_METHOD": "GET\r\nX: y", "PATH_INFO": "/"], .method),
            (["REQUEST_METHOD": "GET"], .target),
            (["REQUEST_METHOD": "GET", "REQUEST_URI": "ftp://x/"], .target),
            (["REQUEST_METHOD": "GET", "REQUEST_URI": "http:/x/"], .target),
            (["REQUEST_METHOD": "GET", "REQUEST_URI": "http:///x"], .target),
            (["REQUEST_METHOD": "GET", "REQUEST_URI": "http://ann@x/"], .target),
            (["REQUEST_METHOD": "GET", "REQUEST_URI": "http://ann:secret@x/"], .target),
            (["REQUEST_METHOD": "GET", "REQUEST_URI": "http://x:port/"], .target),
            (["REQUEST_METHOD": "GET", "REQUEST_URI": "http://x:65536/"], .target),
            (["REQUEST_METHOD": "CONNECT", "REQUEST_URI": "x:443"], .target),
            (["REQUEST_METHOD": "OPTIONS", "REQUEST_URI": "*"], .target),
            (["REQUEST_METHOD": "POST", "PATH_INFO": "/", "CONTENT_LENGTH": "-2"], .contentLength),
            (["REQUEST_METHOD": "POST", "PATH_INFO": "/", "CONTENT_LENGTH": "+5"], .contentLength),
            (["REQUEST_METHOD": "POST", "PATH_INFO": "/", "CONTENT_LENGTH": "5x"], .contentLength),
            (["REQUEST_METHOD": "POST", "PATH_INFO": "/", "CONTENT_LENGTH": " 5"], .contentLength),
            (["REQUEST_METHOD": "POST", "PATH_INFO": "/", "CONTENT_LENGTH": "٥"], .contentLength),
        ])
    func malformed(_ variables: [String: String], _ fault: MalformedRequest) {
        #expect(throws: fault) { _ = try request(MetaVariables(variables)) }
    }

    @Test(arguments: ["HTTP_AUTHORIZATION", "CONTENT_TYPE", "HTTP_ORIGIN"])
    func `a field that may stand once must not be sent twice`(_ name: String) {
        var variables: MetaVariables = ["REQUEST_METHOD": "GET", "PATH_INFO": "/"]
        variables.append(name: name, value: "a")
        variables.append(name: name, value: "b")
        #expect(throws: MalformedRequest.self) { _ = try request(variables) }
    }

    @Test func `two lengths that differ are refused, two that agree are one`() throws {
        var variables: MetaVariables = ["REQUEST_METHOD": "POST", "PATH_INFO": "/", "CONTENT_LENGTH": "2"]
        variables.append(name: "CONTENT_LENGTH", value: "2")
        #expect(text(try request(variables, body: "ab").body) == "ab")
        variables.append(name: "CONTENT_LENGTH", value: "3")
        #expect(throws: MalformedRequest.contentLength) { _ = try request(variables, body: "abc") }
    }
}

struct RequestBodyTests {
    static func body(_ content: String, length: String?, limit: Int = 64, method: String = "POST") throws -> RequestBody
    {
        var variables: MetaVariables = ["REQUEST_METHOD": method, "PATH_INFO": "/"]
        if let length { variables.append(name: "CONTENT_LENGTH", value: length) }
        return try request(variables, body: content, limit: limit).body
    }

    @Test func `a body at the limit arrives, one byte more is too large`() throws {
        let limit = String(repeating: "x", count: 64)
        #expect(try Self.body(limit, length: "64").arrival == .complete)
        #expect(try Self.body(limit, length: nil).arrival == .complete)
        #expect(try Self.body(limit + "x", length: "65").arrival == .tooLarge)
        #expect(try Self.body(limit + "x", length: nil).arrival == .tooLarge)
        #expect(try Self.body("", length: "99999999999999999999999999").arrival == .tooLarge)
    }

    @Test func `a body shorter than declared is truncated`() throws {
        let body = try Self.body("abc", length: "4")
        #expect(body.arrival == .truncated)
        #expect(body.bytes.count == 0)
    }

    @Test func `no more than declared is read`() throws {
        var source = ArrayBody("abcdef")
        let body = RequestBody(from: &source, declaredLength: 3, limit: 64)
        #expect(text(body) == "abc")
        #expect(source.taken == 3)
    }

    @Test func `without a length a body ends with its stream, where the method has one`() throws {
        #expect(text(try Self.body("abcdefghijkl", length: nil)) == "abcdefghijkl")
        #expect(text(try Self.body("abcdefghijkl", length: "-1")) == "abcdefghijkl")
        #expect(try Self.body("abc", length: nil, method: "GET").bytes.count == 0)
        #expect(text(try Self.body("abc", length: "3", method: "GET")) == "abc")
    }

    @Test func `an empty body is complete`() throws {
        #expect(try Self.body("", length: "0").arrival == .complete)
        #expect(try Self.body("", length: "").arrival == .complete)
    }
}
