import Foundation
import HTTP
import Synchronization
import Testing

/// The answers of each route by the API's own description. Every answer that a test gets is held against it, so that
/// code and description can't drift apart.
struct DescribedAnswers: Sendable {
    /// By method and path pattern, then by status: the codes of the problem, none for another answer.
    private let codes: [String: [Int: Set<String>]]

    /// The answers of an installation with the default settings.
    static let ofDefaults: DescribedAnswers? = try? DescribedAnswers(of: TestInstallation())

    private init(of installation: TestInstallation) {
        let head = MetaVariables(["REQUEST_METHOD": "GET", "REQUEST_URI": "/api/v1/openapi.json"])
        var source = TextBody(rest: [])
        let output = installation.api.respond(to: head, body: &source, bodyLimit: 0).output
        let text = String(decoding: output, as: UTF8.self)
        let body = text.range(of: "\r\n\r\n").map { String(text[$0.upperBound...]) } ?? ""
        let document = (try? JSONSerialization.jsonObject(with: Data(body.utf8))) as? [String: Any]
        var codes: [String: [Int: Set<String>]] = [:]
        let components = document?["components"] as? [String: Any]
        let shared = components?["responses"] as? [String: [String: Any]] ?? [:]
        for (path, methods) in document?["paths"] as? [String: [String: [String: Any]]] ?? [:] {
            for (method, operation) in methods {
                for (status, response) in operation["responses"] as? [String: [String: Any]] ?? [:] {
                    let name = (response["$ref"] as? String)?.split(separator: "/").last.map(String.init)
                    let content =
                        (name.flatMap { shared[$0] } ?? response)["content"] as? [String: [String: Any]] ?? [:]
                    let examples = content["application/problem+json"]?["examples"] as? [String: Any] ?? [:]
                    codes["\(method.uppercased()) \(path)", default: [:]][Int(status) ?? 0] = Set(examples.keys)
                }
            }
        }
        self.codes = codes
    }

    /// Notes an answer that the description does not have.
    func expectDescribed(_ method: String, _ path: String, _ answer: TestAnswer) {
        let path = path.prefix { $0 != "?" }
        let name = method == "HEAD" ? "GET" : method
        // In the order in which the routes are, a fixed segment goes before a parameter.
        let fitting = codes.filter { Self.fits($0.key, "\(name) \(path)") }
        // A path with another method is no route, and a pattern may fit it all the same.
        guard answer.status != 405,
            let found = fitting.min(by: { $0.key.contains("{").description < $1.key.contains("{").description })
        else { return }
        guard let known = found.value[answer.status] else {
            Issue.record("\(found.key) answered \(answer.status), which its description does not have")
            return
        }
        if let code = answer.code, answer.status >= 400, !known.contains(code) {
            Issue.record("\(found.key) answered \(code), which its description does not have")
        }
    }

    private static func fits(_ pattern: String, _ path: String) -> Bool {
        let parts = path.split(separator: "/", omittingEmptySubsequences: false)
        let segments = pattern.split(separator: "/", omittingEmptySubsequences: false)
        return parts.count == segments.count
            && zip(segments, parts).allSatisfy { $0.hasPrefix("{") ? !$1.isEmpty : $0 == $1 }
    }
}
