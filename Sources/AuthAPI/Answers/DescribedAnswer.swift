import HTTPTypes
import JSON

/// A value that is an answer of its own.
protocol Answerable: JSONForm {
    static var example: JSONValue { get }
}

extension Shaped {
    static var example: JSONValue { shape.example }
}

/// The document's description of an answer that is not a problem.
struct DescribedAnswer: Sendable, ExpressibleByStringLiteral {
    /// A next step with an answer: another operation that takes something from it.
    struct Link: Sendable {
        /// The identifier of the other operation.
        let operation: String
        /// The name of its parameter, and the place of the value in the answer.
        var parameter: (name: String, pointer: String)?
        /// True if the body of the first request is sent again.
        var resendsBody = false
    }

    let description: String
    /// The schema; `nil` if there is no content.
    var schema: Schema?
    /// The named schemas that it needs.
    var components: [(String, Schema)] = []
    var mediaType = "application/json"
    var example: JSONValue?
    let headers: [AnswerField]
    let links: [Link]

    /// Describes an answer; its content is that of the endpoint's type, or none.
    init(_ description: String, example: JSONValue? = nil, headers: [AnswerField] = [], links: [Link] = []) {
        self.description = description
        self.example = example
        self.headers = headers
        self.links = links
    }

    init(stringLiteral description: String) { self.init(description) }

    /// Describes an answer in JSON that has header fields of its own.
    init<Value: Answerable>(
        _ type: Value.Type, _ description: String, headers: [AnswerField], links: [Link] = []
    ) {
        self = DescribedAnswer(description, headers: headers, links: links).with(type)
    }

    /// Describes an answer of another schema or media type than a type has.
    init(_ description: String, _ schema: Schema, mediaType: String = "application/json", example: JSONValue? = nil) {
        self.init(description, example: example)
        self.schema = schema
        self.mediaType = mediaType
    }

    /// A part of a list.
    static let list = DescribedAnswer("A page of the list.")

    /// The same answer with the schema of a type, and with its example if it has none.
    func with<Value: Answerable>(_: Value.Type) -> DescribedAnswer {
        var answer = self
        answer.schema = Value.schema
        answer.components = Value.components
        answer.example = example ?? Value.example
        return answer
    }
}

/// A header field of answers.
struct AnswerField: Sendable {
    let name: String
    /// The name among the components, which may differ from that of the field.
    let component: String
    let description: String
    let schema: Schema
    let isRequired: Bool

    private init(
        _ name: String, as component: String? = nil, _ description: String, _ schema: Schema = .string,
        isRequired: Bool = true
    ) {
        self.name = name
        self.component = component ?? name
        self.description = description
        self.schema = schema
        self.isRequired = isRequired
    }

    /// The fields of every answer.
    static let common = [
        AnswerField(
            "X-Request-Id", as: "RequestID", "The identifier of the request in all logs.",
            .string(pattern: "^[A-Za-z0-9._-]{1,64}$")),
        AnswerField("Cache-Control", as: "CacheControl", "No cache may keep the answer.", .constant("no-store")),
        AnswerField(
            "X-Content-Type-Options", as: "ContentTypeOptions", "The browser takes the type as it is.",
            .constant("nosniff")),
    ]
    static let challenge = AnswerField(
        "WWW-Authenticate", "The credential to send (RFC 6750).", .string(pattern: "^Bearer realm=\"postern\""))
    static let retryAfter = AnswerField(
        "Retry-After", "The seconds after which to try again.", .integer(minimum: 1))
    static let sessionCookie = AnswerField("Set-Cookie", as: "SessionCookie", "The session cookie, or its end.")
    static let endedCookie = AnswerField(
        "Set-Cookie", as: "EndedCookie",
        "The end of the session cookie, if that was the credential that no longer counts.", isRequired: false)
    static let passkeyCookie = AnswerField(
        "Set-Cookie", as: "PasskeyCookie",
        "The cookie by which a browser finishes the login; none for a program, which does so by its token.",
        isRequired: false)
    static let location = AnswerField("Location", "The place of the new thing, relative to this path.")
    /// The fields that tell a web server the caller's identity.
    static let identity = [
        AnswerField("X-Auth-Account", as: "AuthAccount", "The account's identifier."),
        AnswerField("X-Auth-User", as: "AuthUser", "The user's identifier.", isRequired: false),
        AnswerField("X-Auth-Org", as: "AuthOrg", "The organization's identifier.", isRequired: false),
        AnswerField("X-Auth-Email", as: "AuthEmail", "The email address."),
        AnswerField("X-Auth-Roles", as: "AuthRoles", "The roles, with commas between them.", isRequired: false),
        AnswerField(
            "X-Auth-Time", as: "AuthTime", "The time of the login or the last confirmation, where `max_age` is asked.",
            .moment, isRequired: false),
    ]

    static let all =
        common + [challenge, retryAfter, sessionCookie, endedCookie, passkeyCookie, location] + identity

    /// The field among the components.
    var definition: JSONValue {
        ["description": .string(description), "required": .bool(isRequired), "schema": schema.json]
    }

    /// The common fields and these, by name, as an answer has them.
    static func json(_ fields: [AnswerField]) -> JSONValue {
        .members((common + fields).map { ($0.name, ["$ref": .string("#/components/headers/\($0.component)")]) })
    }
}
