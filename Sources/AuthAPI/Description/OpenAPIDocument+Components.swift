import HTTP
import Identity
import JSON

extension OpenAPIDocument {
    var components: JSONValue {
        [
            "schemas": .members((answers + bodies).map { ($0, $1.json) }),
            "responses": .members(Self.problemAnswers),
            "examples": .members(Self.problemExamples),
            "parameters": .members(
                (Paging.parameters + HeaderParameter.all).compactMap { parameter in
                    parameter.component.map { ($0, parameter.definition) }
                }),
            "headers": .members(AnswerField.all.map { ($0.component, $0.definition) }),
            "securitySchemes": [
                "apiToken": [
                    "type": "http", "scheme": "bearer", "bearerFormat": "pst_…",
                    "description": "An API token: a program's. The scopes that a route needs stand behind it.",
                ],
                "sessionToken": [
                    "type": "http", "scheme": "bearer", "bearerFormat": "pss_…",
                    "description": "The value of the session cookie: a person's. Scopes follow from the roles.",
                ],
                "sessionCookie": [
                    "type": "apiKey", "in": "cookie", "name": .string(settings.cookie.name),
                    "description": "The session cookie. What changes something must come from the own origin.",
                ],
            ],
        ]
    }

    /// The named schemas of answers, each beside those that it holds.
    private var answers: [(String, Schema)] {
        var schemas: [(String, Schema)] = []
        for answer in Endpoint.all.flatMap({ $0.answer().components }) + Problem.Shown.components
        where !schemas.contains(where: { $0.0 == answer.0 }) {
            schemas.append(answer)
        }
        return schemas
    }

    private var bodies: [(String, Schema)] {
        Endpoint.all.compactMap { $0.body() }.map { ($0.name, $0.schema(passwordPolicy)) }
    }
}
