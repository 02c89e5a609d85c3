import HTTPTypes
import JSON

// The error answers: one for each set of codes that some endpoint answers with the same status. Each code has an
// example, whose summary is the cause and whose description is the remedy.
extension OpenAPIDocument {
    /// The error answers of an endpoint, by status.
    func problems(_ endpoint: Endpoint) -> [(String, JSONValue)] {
        Self.problemsByStatus(endpoint).map { status, codes in
            ("\(status)", ["$ref": .string("#/components/responses/\(Self.name(codes))")])
        }
    }

    /// The error answers of all endpoints, by name.
    static var problemAnswers: [(String, JSONValue)] {
        var answers: [String: JSONValue] = [:]
        for (status, codes) in Endpoint.all.flatMap(problemsByStatus) {
            answers[name(codes)] = answer(status, codes)
        }
        return answers.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
    }

    /// An example of each code, by name.
    static var problemExamples: [(String, JSONValue)] {
        Problem.Code.allCases.map { code in
            let guidance = code.guidance
            return (
                code.rawValue,
                [
                    "summary": .string(guidance.cause), "description": .string(guidance.remedy),
                    "value": Problem.Shown.example(of: code),
                ]
            )
        }
    }

    private static func problemsByStatus(_ endpoint: Endpoint) -> [(status: Int, codes: [Problem.Code])] {
        Dictionary(grouping: endpoint.problems, by: \.status.code).sorted { $0.key < $1.key }
            .map { ($0.key, $0.value.sorted { $0.rawValue < $1.rawValue }) }
    }

    private static func name(_ codes: [Problem.Code]) -> String { codes.map(\.rawValue).joined(separator: ".") }

    private static func answer(_ status: Int, _ codes: [Problem.Code]) -> JSONValue {
        [
            "description": .string(codes.map { "`\($0.rawValue)`" }.joined(separator: ", ")),
            "headers": AnswerField.json(headers(status, codes)),
            "content": [
                "application/problem+json": [
                    "schema": Problem.Shown.schema.json,
                    "examples": .members(
                        codes.map { ($0.rawValue, ["$ref": .string("#/components/examples/\($0.rawValue)")]) }),
                ]
            ],
        ]
    }

    private static func headers(_ status: Int, _ codes: [Problem.Code]) -> [AnswerField] {
        switch status {
        case 401 where codes.contains(.invalidToken): [.challenge, .endedCookie]
        case 401: [.challenge]
        case 429, 503: [.retryAfter]
        default: []
        }
    }
}
