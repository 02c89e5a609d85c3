import HTTPTypes
import Identity

/// What the API's description says of one route beyond what the route says itself.
struct Operation: Sendable {
    /// The group in which readers find it.
    enum Tag: String, CaseIterable {
        case authentication = "Authentication"
        case ownAccount = "Own account"
        case accounts = "Accounts"
        case organization = "Organization"
        case operation = "Operation"

        /// What the group is about.
        var description: String {
            switch self {
            case .authentication:
                "Create accounts, exchange credentials for a session, log out, and ask who is calling."
            case .ownAccount: "What belongs to the account that calls."
            case .accounts: "The accounts that the caller manages."
            case .organization: "The organization in which the caller acts, its users and its audit log."
            case .operation: "For operators. Web servers answer all but the document itself to their own machine only."
            }
        }
    }

    /// What is sent.
    struct Body: Sendable {
        /// The name of its schema.
        let schema: String
        let example: JSONValue
    }

    /// What is answered where nothing is wrong.
    struct Answer: Sendable {
        var status = HTTPResponse.Status.ok
        let description: String
        /// The schema; `nil` where there is no content.
        var schema: JSONValue?
        var mediaType = "application/json"
        var example: JSONValue?
        /// Names of header fields among the components.
        var headers: [String] = []
        var links: [Link] = []
    }

    /// What can be done next with an answer.
    struct Link: Sendable {
        /// The identifier of the other operation.
        let operation: String
        /// Its parameter's name, and where in the answer its value stands.
        var parameter: (name: String, pointer: String)?
        /// Whether the body that was sent is sent again.
        var resendsBody = false
    }

    let id: String
    let tag: Tag
    let summary: String
    var description = ""
    /// What the path has as its parameter, as a schema.
    var parameter: JSONValue?
    /// The second parameter of its path.
    var secondParameter: JSONValue?
    /// Parameters of the query.
    var query: [JSONValue] = []
    var body: Body?
    let answer: Answer
    /// The problems that it answers beyond those of every route of its kind (`Route.problems`).
    var problems: [Problem.Code] = []

    /// All, by method and path.
    static let all: [String: Operation] = authentication.merging(ownAccount, uniquingKeysWith: unique)
        .merging(accounts, uniquingKeysWith: unique).merging(organization, uniquingKeysWith: unique)
        .merging(operation, uniquingKeysWith: unique)

    private static func unique(_ one: Operation, _ other: Operation) -> Operation {
        preconditionFailure("\(one.id) and \(other.id) describe the same route")
    }

    /// The parameters of a list.
    static let page: [JSONValue] = [
        ["$ref": "#/components/parameters/PageSize"], ["$ref": "#/components/parameters/After"],
        ["$ref": "#/components/parameters/Before"], ["$ref": "#/components/parameters/Count"],
    ]

    /// A parameter of the query.
    static func query(_ name: String, _ description: String, _ schema: JSONValue) -> JSONValue {
        ["name": .string(name), "in": "query", "description": .string(description), "schema": schema]
    }

    /// An answer with what is named.
    static func one(_ name: String, _ description: String, _ example: JSONValue, links: [Link] = []) -> Answer {
        Answer(description: description, schema: Schema.named(name), example: example, links: links)
    }

    /// An answer with a part of a list of what is named.
    static func list(of name: String, _ example: JSONValue) -> Answer {
        Answer(
            description: "A part of the list.", schema: Schema.named("\(name)Page"),
            example: [
                "data": [example], "next_cursor": .null, "previous_cursor": .null, "has_next_page": false,
                "has_previous_page": false, "total_count": 1,
            ])
    }

    /// An answer that has nothing to show.
    static func done(_ description: String, headers: [String] = []) -> Answer {
        Answer(description: description, schema: Schema.named("Done"), example: "ok", headers: headers)
    }
}

extension Route {
    /// What the route is called in `Operation.all`.
    var key: String { "\(method.rawValue) \(path.text)" }

    /// Whether a body is read.
    private var hasForm: Bool { Operation.all[key]?.body != nil }

    /// The problems that may be answered whatever is asked for: by the web server in front, and by a program that could not
    /// start.
    static let problemsAnywhere: Set<Problem.Code> = [
        .invalidRequest, .payloadTooLarge, .tooManyAttempts, .internal, .overloaded, .unavailable,
    ]

    /// All problems that it can answer: those of all routes, those that follow from who may call it and from what it reads,
    /// and its own.
    var problems: Set<Problem.Code> {
        var codes = Self.problemsAnywhere
        if access != .open { codes.formUnion([.unauthenticated, .invalidToken]) }
        if access != .open && !permits.contains(.newPassword) { codes.insert(.passwordChangeRequired) }
        if access.isInOrganization { codes.insert(.forbidden) }
        if access != .open && ![.get, .head].contains(method) { codes.insert(.crossOrigin) }
        switch access {
        case .scope, .login, .logout: codes.insert(.insufficientScope)
        case .open, .any, .verification, .session: break
        }
        if hasForm { codes.formUnion([.malformedJSON, .unsupportedMediaType]) }
        if let operation = Operation.all[key] {
            if operation.parameter != nil { codes.insert(.notFound) }
            codes.formUnion(operation.problems)
        }
        return codes
    }
}
