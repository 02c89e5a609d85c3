import HTTPTypes
import Testing

@testable import HTTP

struct ResponseTests {
    private func output(_ response: Response, _ method: HTTPRequest.Method = .get) -> String {
        String(decoding: response.cgiOutput(for: method), as: UTF8.self)
    }

    @Test func `status, fields, length and content stand in this order`() {
        let response = Response(
            status: .conflict, headerFields: [.contentType: "application/json"], body: Array("{}".utf8))
        #expect(
            output(response)
                == "Status: 409 Conflict\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}")
    }

    @Test func `HEAD gets the length and no content`() {
        let response = Response(status: .ok, body: Array("hello".utf8))
        #expect(output(response, .head) == "Status: 200 OK\r\nContent-Length: 5\r\n\r\n")
    }

    @Test func `204 has neither content nor length`() {
        #expect(output(Response(status: .noContent)) == "Status: 204 No Content\r\n\r\n")
    }

    @Test func `a length that a handler set is not believed`() {
        let response = Response(status: .ok, headerFields: [.contentLength: "99"], body: Array("ab".utf8))
        #expect(output(response) == "Status: 200 OK\r\nContent-Length: 2\r\n\r\nab")
    }

    @Test(arguments: ["a\r\nSet-Cookie: x=y", "a\nb", "a\rb", "a\0b", "\r\n\r\nbody"])
    func `no value makes a line of its own`(_ value: String) {
        let fields: ResponseFields = [HTTPField.Name("x-request-id")!: value]
        let lines = output(Response(status: .ok, headerFields: fields)).split(
            separator: "\r\n", omittingEmptySubsequences: false)
        #expect(lines.count == 5)
        #expect(lines[1].hasPrefix("x-request-id:"))
        #expect(!lines.joined().utf8.contains { $0 < 0x20 || $0 == 0x7F })
    }

    @Test func `text, redirects and redirects to a failure page are answers too`() {
        #expect(
            output(Response(text: "é"))
                == "Status: 200 OK\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Length: 2\r\n\r\né")
        #expect(
            output(Response(redirect: "/home"))
                == "Status: 303 See Other\r\nLocation: /home\r\nContent-Length: 0\r\n\r\n")
        let failure = Response(failurePage: "/login", error: "invalid_request", requestID: "a&b=\r\nc")
        #expect(
            failure.headerFields[.location] == "/login?error=invalid_request&request_id=a%26b%3D%0D%0Ac")
    }

    @Test func `a reason phrase makes no line of its own`() {
        let status = HTTPResponse.Status(code: 200, reasonPhrase: "OK\r\nX: y")
        #expect(output(Response(status: status)).split(separator: "\r\n").count == 2)
    }
}

struct HandlerTests {
    struct Echo: Handler {
        func answer(_ received: ReceivedRequest) -> Answer {
            switch received {
            case .request(let request):
                .response(Response(text: "\(request.method) \(request.path) \(request.body.arrival)"))
            case .malformed(let error, _): .response(Response(text: "\(error)", status: .badRequest))
            }
        }
    }

    @Test func `a request goes to the handler, and what is none too`() {
        var body = ArrayBody("")
        let good = Echo().respond(to: ["REQUEST_METHOD": "GET", "PATH_INFO": "/x"], body: &body, bodyLimit: 1)
        #expect(String(decoding: good.output, as: UTF8.self).hasSuffix("GET /x complete"))
        let bad = Echo().respond(to: ["REQUEST_METHOD": "GET"], body: &body, bodyLimit: 1)
        #expect(String(decoding: bad.output, as: UTF8.self).hasPrefix("Status: 400"))
    }

    @Test func `a CGI run is known by its environment`() {
        #expect(CGIProgram.isRequest(["REQUEST_METHOD": "GET"]))
        #expect(CGIProgram.isRequest(["GATEWAY_INTERFACE": "CGI/1.1"]))
        #expect(!CGIProgram.isRequest(["PATH": "/bin"]))
    }
}
