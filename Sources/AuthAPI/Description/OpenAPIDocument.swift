import HTTP
import HTTPTypes
import Identity
import JSON
import Synchronization

/// The description of the API in the language of OpenAPI 3.1, made from `Endpoint.all`.
struct OpenAPIDocument {
    let settings: AuthAPI.Settings
    let passwordPolicy: PasswordPolicy

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
            "servers": [["url": .string(server)]],
            "tags": .array(
                Endpoint.Group.allCases.map {
                    ["name": .string($0.rawValue), "description": .string($0.description)]
                }),
            "paths": paths,
            "components": components,
        ]
    }

    /// The address of the API: absolute if the installation has a public one, so that clients can be made from the
    /// document alone.
    private var server: String {
        let address = (settings.publicURL?.description ?? "") + settings.basePath
        return address.isEmpty ? "/" : address
    }

    private static let introduction = """
        A program sends its API token as `Authorization: Bearer`. A person's session is the cookie that logging in \
        sets; its value works as bearer token, too. A request that changes something and is authenticated by the \
        cookie alone must come from a page of the same origin.

        Bodies are JSON in UTF-8, of at most 16 KiB. Times are in UTC, to the second. Unknown members and parameters \
        are ignored, except for the parameters of `/auth/verify`. A member that is null counts as missing, unless its \
        description says otherwise. Answers may gain members in later versions.

        Every answer has an `X-Request-Id`, which also stands in the log: the one of the request if that consists of 1 \
        to 64 characters of `A-Za-z0-9._-`, otherwise a new one. Every `GET` also works as `HEAD`, and `OPTIONS` lists \
        the methods of a path in `Allow`.

        Errors are problem details (RFC 9457) with a stable `code`. An unknown path is answered 404, another method \
        405. A web server in front of Postern may also answer 408, 411, 414, 431, 502 and 504, in the same form.
        """

    private var paths: JSONValue {
        var groups: [(path: String, members: [(String, JSONValue)])] = []
        for endpoint in Endpoint.all {
            let member = (endpoint.method.rawValue.lowercased(), operation(endpoint))
            if let index = groups.firstIndex(where: { $0.path == endpoint.path.text }) {
                groups[index].members.append(member)
            } else {
                groups.append((endpoint.path.text, [member]))
            }
        }
        return .members(groups.map { ($0.path, .members($0.members)) })
    }

    private func operation(_ endpoint: Endpoint) -> JSONValue {
        var members: [(String, JSONValue)] = [
            ("operationId", .string(endpoint.id)), ("tags", [.string(endpoint.group.rawValue)]),
            ("summary", .string(endpoint.summary)),
        ]
        if !endpoint.description.isEmpty { members.append(("description", .string(endpoint.description))) }
        members.append(("security", security(endpoint.access)))
        members.append(("parameters", .array(parameters(endpoint).map(\.json))))
        if let body = endpoint.body() {
            let content: JSONValue = ["schema": Schema.component(body.name).json, "example": body.example]
            members.append(("requestBody", ["required": true, "content": ["application/json": content]]))
        }
        let answer = ("\(endpoint.status.code)", describe(endpoint.answer()))
        members.append(("responses", .members([answer] + problems(endpoint))))
        return .members(members)
    }

    private func parameters(_ endpoint: Endpoint) -> [any DescribedParameter] {
        var parameters = endpoint.path.parameters + endpoint.query()
        if endpoint.access.isInOrganization { parameters.append(HeaderParameter.organization) }
        if ![.open, .session].contains(endpoint.access) { parameters.append(HeaderParameter.clientAddress) }
        parameters.append(HeaderParameter.requestID)
        return parameters
    }

    /// The credentials that are enough, each alone. Behind an API token stand the scopes that it needs.
    private func security(_ access: Endpoint.Access) -> JSONValue {
        let session: [JSONValue] = [["sessionToken": []], ["sessionCookie": []]]
        func token(_ scopes: Scope...) -> JSONValue { ["apiToken": .strings(scopes.map(\.rawValue))] }
        return switch access {
        case .open: []
        case .any, .verification: .array([token()] + session)
        case .scope(let scope): .array([token(scope)] + session)
        case .session: .array(session)
        case .login: settings.publicLogin ? [token(.login), [:]] : [token(.login)]
        case .logout: .array([token(.login)] + session)
        }
    }

    private func describe(_ answer: DescribedAnswer) -> JSONValue {
        var members: [(String, JSONValue)] = [
            ("description", .string(answer.description)), ("headers", AnswerField.json(answer.headers)),
        ]
        if let schema = answer.schema {
            let content: JSONValue = ["schema": schema.json]
            let media = answer.example.map { content.with([("example", $0)]) } ?? content
            members.append(("content", .members([(answer.mediaType, media)])))
        }
        if !answer.links.isEmpty { members.append(("links", .members(answer.links.map { ($0.operation, link($0)) }))) }
        return .members(members)
    }

    private func link(_ link: DescribedAnswer.Link) -> JSONValue {
        var members: [(String, JSONValue)] = [("operationId", .string(link.operation))]
        if let (name, pointer) = link.parameter {
            members.append(("parameters", .members([(name, .string("$response.body#\(pointer)"))])))
        }
        if link.resendsBody { members.append(("requestBody", "$request.body")) }
        return .members(members)
    }
}

extension Endpoint {
    static let openAPIDocument = Endpoint(
        .get, "/openapi.json", .open, id: "getDescription", in: .operation, "Read the OpenAPI description",
        response: DescribedAnswer("OpenAPI 3.1.", .object(required: ["openapi", "paths"]))
    ) { api, _ in
        let document = OpenAPIDocument(settings: api.settings, passwordPolicy: api.service.passwordPolicy)
        return Response(
            status: .ok, headerFields: [.contentType: "application/json"], body: api.description.utf8(of: document))
    }
}
