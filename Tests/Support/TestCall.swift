import Foundation
public import HTTP
public import HTTPTypes

/// An answer as a client sees it.
public struct TestAnswer: Sendable {
    public let status: Int
    public let fields: HTTPFields
    public let body: String
    /// The time for which it is to be held back.
    public let delay: Duration
    /// The moment before which it must not be seen; `nil` for none.
    public let earliest: ContinuousClock.Instant?

    /// The body as a JSON object; empty if it is none.
    public var object: [String: Any] {
        (try? JSONSerialization.jsonObject(with: Data(body.utf8))) as? [String: Any] ?? [:]
    }

    /// The problem's code.
    public var code: String? { object["code"] as? String }

    /// The problem's faults, as `pointer code`.
    public var faults: [String] {
        (object["errors"] as? [[String: Any]] ?? []).map { "\($0["pointer"] ?? "") \($0["code"] ?? "")" }
    }

    /// The token in the session cookie.
    public var sessionToken: String? {
        guard let cookie = fields[.setCookie], let end = cookie.firstIndex(of: ";") else { return nil }
        return String(cookie[..<end].drop { $0 != "=" }.dropFirst())
    }
}

extension TestInstallation {
    /// Makes a request through the same way as FastCGI and CGI: from meta-variables to the bytes of the answer.
    ///
    /// - Parameters:
    ///   - path: the path below the base path.
    ///   - token: a bearer token; `nil` for none.
    ///   - fields: more header fields.
    ///   - variables: more meta-variables; they take precedence.
    public func call(
        _ method: String, _ path: String, _ body: String? = nil, token: String? = nil, fields: [String: String] = [:],
        variables: [String: String] = [:], type: String? = "application/json"
    ) -> TestAnswer {
        var (all, source) = Self.request(
            method, path, body, token: token, fields: fields, variables: variables, type: type)
        let (output, delay, earliest) = api.respond(to: all, body: &source, bodyLimit: 16 << 10)
        let answer = Self.answer(output, delay: delay, earliest: earliest)
        if ["REQUEST_METHOD", "REQUEST_URI", "FCGI_ROLE"].allSatisfy({ variables[$0] == nil }) {
            DescribedAnswers.ofDefaults?.expectDescribed(method, path, answer)
        }
        return answer
    }

    /// The same for a caller without a thread to wait with: an answer may be postponed.
    public func begin(
        _ method: String, _ path: String, _ body: String, token: String, variables: [String: String] = [:]
    ) -> Answer {
        var (all, source) = Self.request(method, path, body, token: token, variables: variables)
        return api.answer(all, body: &source, bodyLimit: 16 << 10)
    }

    private static func request(
        _ method: String, _ path: String, _ body: String?, token: String?, fields: [String: String] = [:],
        variables: [String: String], type: String? = "application/json"
    ) -> (MetaVariables, TextBody) {
        var all = MetaVariables(variables)
        let made = [
            "REQUEST_METHOD": method, "REQUEST_URI": "/api/v1\(path)", "HTTP_HOST": "auth.example", "HTTPS": "on",
            "REMOTE_ADDR": "192.0.2.1",
        ]
        for (name, value) in made where variables[name] == nil { all.append(name: name, value: value) }
        if let token { all.append(name: "HTTP_AUTHORIZATION", value: "Bearer \(token)") }
        for (name, value) in fields {
            all.append(name: "HTTP_" + name.uppercased().replacing("-", with: "_"), value: value)
        }
        if let body {
            if let type { all.append(name: "CONTENT_TYPE", value: type) }
            if variables["CONTENT_LENGTH"] == nil {
                all.append(name: "CONTENT_LENGTH", value: String(body.utf8.count))
            }
        }
        return (all, TextBody(rest: Array((body ?? "").utf8)[...]))
    }

    /// `POST` with the token that may do everything.
    public func post(_ path: String, _ body: String? = nil) -> TestAnswer {
        call("POST", path, body, token: adminToken)
    }

    /// Logs in, through a program that says for which client.
    public func login(
        _ email: String, _ password: String, token: String? = nil, fields: [String: String] = [:]
    ) -> TestAnswer {
        call(
            "POST", "/auth/login", Self.credentials(email, password), token: token ?? adminToken,
            fields: ["X-Client-Address": "192.0.2.1"].merging(fields) { $1 })
    }

    /// A JSON object of email and password.
    public static func credentials(_ email: String, _ password: String) -> String {
        let object = try? JSONSerialization.data(withJSONObject: ["email": email, "password": password])
        return String(decoding: object ?? Data(), as: UTF8.self)
    }

    /// Reads an answer from the bytes for the web server (RFC 3875, section 6).
    public static func answer(
        _ output: [UInt8], delay: Duration = .zero, earliest: ContinuousClock.Instant? = nil
    ) -> TestAnswer {
        let text = String(decoding: output, as: UTF8.self)
        let end = text.range(of: "\r\n\r\n")
        var fields = HTTPFields()
        var status = 0
        for line in text[..<(end?.lowerBound ?? text.endIndex)].split(separator: "\r\n") {
            guard let colon = line.firstIndex(of: ":"), let name = HTTPField.Name(String(line[..<colon])) else {
                continue
            }
            let value = line[line.index(after: colon)...].trimmingCharacters(in: .whitespaces)
            if line[..<colon] == "Status" {
                status = Int(value.prefix(3)) ?? 0
            } else {
                fields.append(HTTPField(name: name, value: value))
            }
        }
        let body = end.map { String(text[$0.upperBound...]) } ?? ""
        return TestAnswer(status: status, fields: fields, body: body, delay: delay, earliest: earliest)
    }
}

/// A body in memory.
public struct TextBody: BodySource {
    private var rest: ArraySlice<UInt8>

    public init(rest: ArraySlice<UInt8>) {
        self.rest = rest
    }

    public mutating func read(into buffer: UnsafeMutableRawBufferPointer) -> Int {
        let part = rest.prefix(buffer.count)
        unsafe buffer.copyBytes(from: part)
        rest = rest.dropFirst(part.count)
        return part.count
    }
}
