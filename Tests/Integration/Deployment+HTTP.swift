import Foundation

/// An answer that curl got.
struct Answer: Sendable {
    /// The status; 0 if there was no answer.
    let status: Int
    /// The header fields, names in lower case, in order.
    let fields: [(name: String, value: String)]
    let body: String

    var object: [String: Any] { (try? JSONSerialization.jsonObject(with: Data(body.utf8))) as? [String: Any] ?? [:] }
    var code: String? { object["code"] as? String }

    func values(_ name: String) -> [String] { fields.filter { $0.name == name }.map(\.value) }

    init(_ output: String) {
        // HTTP/2 answers have no reason phrase; interim answers do not come.
        let parts = output.split(separator: "\r\n\r\n", maxSplits: 1, omittingEmptySubsequences: false)
        let lines = parts.first?.split(separator: "\r\n") ?? []
        status = lines.first?.split(separator: " ").dropFirst().first.flatMap { Int($0) } ?? 0
        fields = lines.dropFirst().compactMap { line in
            guard let colon = line.firstIndex(of: ":") else { return nil }
            return (
                line[..<colon].lowercased(),
                line[line.index(after: colon)...].trimmingCharacters(in: .whitespaces)
            )
        }
        body = parts.count > 1 ? String(parts[1]) : ""
    }
}

extension Deployment {
    var base: String { "https://localhost:\(port)/api/v1" }

    /// Runs curl with the deployment's certificate.
    func curl(_ arguments: [String]) throws -> Answer {
        Answer(try rawCurl(["--include"] + arguments).text)
    }

    func rawCurl(_ arguments: [String]) throws -> Outcome {
        try run(
            "curl",
            ["--silent", "--noproxy", "*", "--max-time", "60", "--cacert", folder.path("certificate.pem")] + arguments)
    }

    /// `POST` with a token and a JSON body.
    func post(_ path: String, _ body: String, token: String? = nil, _ more: [String] = []) throws -> Answer {
        try curl(
            [
                "-X", "POST", "\(base)\(path)", "-H", "Authorization: Bearer \(token ?? self.token)", "-H",
                "Content-Type: application/json", "--data-binary", body,
            ] + more)
    }

    /// A registration's body.
    static func registration(_ email: String, password: String = "northern lights over tromso") -> String {
        #"{"email": "\#(email)", "password": "\#(password)"}"#
    }
}
