import HTTPTypes
import Identity
import JSON
import Synchronization

/// The description of the API in the language of OpenAPI 3.1, made from the route table and from `Operation.all`.
struct OpenAPIDocument {
    let settings: AuthAPI.Settings
    /// The least length of a new password.
    let minimumPasswordLength: Int

    /// The document of one API as text, made when it is first asked for: everybody may ask, and its making takes long.
    final class Once: Sendable {
        private let text = Mutex<[UInt8]?>(nil)

        func utf8(of document: OpenAPIDocument) -> [UInt8] {
            text.withLock { known in
                let utf8 = known ?? document.json.utf8
                known = utf8
                return utf8
            }
        }
    }

    /// The whole document.
    var json: JSONValue {
        [
            "openapi": "3.1.0",
            "info": [
                "title": "Postern",
                "version": "1",
                "summary": "Accounts, sessions and API tokens.",
                "description": .string(Self.introduction),
                "license": ["name": "Apache-2.0", "identifier": "Apache-2.0"],
            ],
            "servers": [["url": .string(settings.basePath.isEmpty ? "/" : settings.basePath)]],
            "tags": .array(
                Operation.Tag.allCases.map {
                    ["name": .string($0.rawValue), "description": .string($0.description)]
                }),
            "paths": paths,
            "components": components,
        ]
    }

    private static let introduction = """
        Bodies are JSON (UTF-8) of at most 16 KiB. Times are UTC, to the second. Unknown members and parameters are \
        ignored, but for the parameters of `/auth/verify`; a member that is null is the same as one that is missing, unless said otherwise.

        Every answer has `X-Request-Id`: the one that was sent, where it is 1 to 64 of `A-Za-z0-9._-`, else a new one.

        Errors are problem details (RFC 9457) with a stable `code`. An unknown path is answered 404, a known one with \
        another method 405 with `Allow`; `HEAD` is there wherever `GET` is, and `OPTIONS` answers with `Allow`. A web server \
        in front may also answer 408, 411, 414, 431, 502 and 504, in the same form.

        A program sends its API token as bearer. A person's session is the cookie that logging in sets, or the cookie's \
        value as bearer. A request that changes something and is authenticated by the cookie alone must come from the own \
        origin.
        """

    private var paths: JSONValue {
        var groups: [(path: String, members: [(String, JSONValue)])] = []
        for route in Route.all {
            guard let operation = Operation.all[route.key] else { continue }
            let member = (route.method.rawValue.lowercased(), describe(operation, route))
            if let index = groups.firstIndex(where: { $0.path == route.path.text }) {
                groups[index].members.append(member)
            } else {
                groups.append((route.path.text, [member]))
            }
        }
        return .members(groups.map { ($0.path, .members($0.members)) })
    }

    private func describe(_ operation: Operation, _ route: Route) -> JSONValue {
        var members: [(String, JSONValue)] = [
            ("operationId", .string(operation.id)), ("tags", [.string(operation.tag.rawValue)]),
            ("summary", .string(operation.summary)),
        ]
        if !operation.description.isEmpty { members.append(("description", .string(operation.description))) }
        members.append(("security", security(route.access)))
        members.append(("parameters", .array(parameters(operation, route))))
        if let body = operation.body {
            let content: JSONValue = ["schema": Schema.named(body.schema), "example": body.example]
            members.append(("requestBody", ["required": true, "content": ["application/json": content]]))
        }
        members.append(("responses", .members([answer(operation.answer)] + problems(route))))
        return .members(members)
    }

    private func parameters(_ operation: Operation, _ route: Route) -> [JSONValue] {
        var parameters: [JSONValue] = []
        let schemas = [operation.parameter, operation.secondParameter].compactMap(\.self)
        for (name, schema) in zip(route.path.parameterNames, schemas) {
            parameters.append(["name": .string(name), "in": "path", "required": true, "schema": schema])
        }
        parameters += operation.query
        if route.access.isInOrganization { parameters.append(["$ref": "#/components/parameters/Organization"]) }
        if ![.open, .session].contains(route.access) {
            parameters.append(["$ref": "#/components/parameters/ClientAddress"])
        }
        parameters.append(["$ref": "#/components/parameters/RequestID"])
        return parameters
    }

    /// Who may call it, each way by itself. What stands behind an API token are the scopes that it needs.
    private func security(_ access: Route.Access) -> JSONValue {
        let session: [JSONValue] = [["sessionToken": []], ["sessionCookie": []]]
        switch access {
        case .open: return []
        case .any, .verification: return .array([["apiToken": []]] + session)
        case .scope(let scope): return .array([["apiToken": [.string(scope.rawValue)]]] + session)
        case .session: return .array(session)
        case .login:
            let token: JSONValue = ["apiToken": [.string(Scope.login.rawValue)]]
            return .array(settings.publicLogin ? [token, [:]] : [token])
        case .logout: return .array([["apiToken": [.string(Scope.login.rawValue)]]] + session)
        }
    }

    private func answer(_ answer: Operation.Answer) -> (String, JSONValue) {
        var members: [(String, JSONValue)] = [
            ("description", .string(answer.description)), ("headers", Self.headers(answer.headers)),
        ]
        if let schema = answer.schema {
            let content: JSONValue = ["schema": schema]
            let media = answer.example.map { content.with([("example", $0)]) } ?? content
            members.append(("content", .members([(answer.mediaType, media)])))
        }
        if !answer.links.isEmpty { members.append(("links", .members(answer.links.map(link)))) }
        return ("\(answer.status.code)", .members(members))
    }

    private func link(_ link: Operation.Link) -> (String, JSONValue) {
        var members: [(String, JSONValue)] = [("operationId", .string(link.operation))]
        if let (name, pointer) = link.parameter {
            members.append(("parameters", .members([(name, .string("$response.body#\(pointer)"))])))
        }
        if link.resendsBody { members.append(("requestBody", "$request.body")) }
        return (link.operation, .members(members))
    }

    private func problems(_ route: Route) -> [(String, JSONValue)] {
        Self.problemsByStatus(of: route).map { status, codes in
            ("\(status)", ["$ref": .string("#/components/responses/\(Self.name(ofProblems: codes))")])
        }
    }

    /// The error answers of all routes, each once, by name.
    static var problemAnswers: [(String, JSONValue)] {
        var answers: [String: JSONValue] = [:]
        for (status, codes) in Route.all.flatMap(problemsByStatus) {
            answers[name(ofProblems: codes)] = problemAnswer(status, codes)
        }
        return answers.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
    }

    private static func problemsByStatus(of route: Route) -> [(status: Int, codes: [String])] {
        Dictionary(grouping: route.problems, by: \.status.code).sorted { $0.key < $1.key }
            .map { ($0.key, $0.value.map(\.rawValue).sorted()) }
    }

    private static func name(ofProblems codes: [String]) -> String { codes.joined(separator: ".") }

    private static func problemAnswer(_ status: Int, _ codes: [String]) -> JSONValue {
        let examples = codes.compactMap { Problem.Code(rawValue: $0) }
            .map { ($0.rawValue, ["value": Example.problem($0)] as JSONValue) }
        return [
            "description": .string(codes.map { "`\($0)`" }.joined(separator: ", ")),
            "headers": headers(headers(ofProblems: codes, with: status)),
            "content": [
                "application/problem+json": [
                    "schema": ["allOf": [Schema.named("Problem"), ["properties": ["code": Schema.choice(codes)]]]],
                    "examples": .members(examples),
                ]
            ],
        ]
    }

    private static func headers(ofProblems codes: [String], with status: Int) -> [String] {
        switch status {
        case 401 where codes.contains(Problem.Code.invalidToken.rawValue): ["WWW-Authenticate", "EndedCookie"]
        case 401: ["WWW-Authenticate"]
        case 429, 503: ["Retry-After"]
        default: []
        }
    }
}
