import Identity
import JSON

extension OpenAPIDocument {
    var components: JSONValue {
        let lists = ["Account", "User", "Organization", "Session", "APIToken", "AuditEvent"]
        let schemas =
            Schema.answers + lists.map { ("\($0)Page", Schema.page(of: $0)) }
            + Schema.forms(minimumLength: minimumPasswordLength)
        return [
            "schemas": .members(schemas),
            "responses": .members(Self.problemAnswers),
            "parameters": Self.parameters,
            "headers": .members(Self.headerFields.map { ($0.component, $0.json) }),
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

    /// Regular expressions for a byte in decimal digits and for a port.
    private static let octet = "(25[0-5]|2[0-4][0-9]|1[0-9]{2}|[1-9]?[0-9])"
    private static let port = "(6553[0-5]|655[0-2][0-9]|65[0-4][0-9]{2}|6[0-4][0-9]{3}|[1-5]?[0-9]{1,4})"

    private static let parameters: JSONValue = [
        "PageSize": [
            "name": "page_size", "in": "query",
            "schema": [
                "type": "integer", "minimum": .number(PageRequest.sizes.lowerBound),
                "maximum": .number(PageRequest.sizes.upperBound), "default": .number(PageRequest.defaultSize),
            ],
        ],
        "After": [
            "name": "after", "in": "query", "description": "The `next_cursor` of the page before. Not with `before`.",
            "schema": cursor,
        ],
        "Before": [
            "name": "before", "in": "query",
            "description": "The `previous_cursor` of the page behind. Not with `after`.",
            "schema": cursor,
        ],
        "Count": [
            "name": "count", "in": "query",
            "description": "Whether the rows of the whole list are counted, which takes the longest of a long list.",
            "schema": ["type": "boolean", "default": true],
        ],
        "Organization": [
            "name": "X-Org", "in": "header",
            "description": "Slug or identifier of the organization to act in; without it, the credential's own.",
            "schema": ["type": "string"],
        ],
        "ClientAddress": [
            "name": "X-Client-Address", "in": "header",
            "description":
                .string(
                    "For which client a program acts: its IP address, in IPv6 also in brackets, and with or without a port, "
                        + "which is dropped. Ignored without the scope `client-address`, as is an empty one. Without it "
                        + "failed logins are throttled by account alone."),
            "schema": [
                "type": "string",
                "anyOf": [
                    ["format": "ipv4"], ["format": "ipv6"], ["pattern": .string("^(\(octet)\\.){3}\(octet):\(port)$")],
                    ["pattern": .string("^\\[([0-9A-Fa-f]{1,4}:){7}[0-9A-Fa-f]{1,4}\\](:\(port))?$")], ["const": ""],
                ],
            ],
        ],
        "RequestID": [
            "name": "X-Request-Id", "in": "header",
            "description": "Names the request in all logs. One of another form is replaced.",
            "schema": ["type": "string"],
        ],
    ]

    private static let cursor: JSONValue = ["type": "string", "pattern": "^[0-9a-f]{32}$"]

    /// A header field of an answer.
    private struct HeaderField {
        /// Its name in an answer, and that of its component.
        let name: String
        let component: String
        let description: String
        var schema: JSONValue = ["type": "string"]
        var isRequired = true

        var json: JSONValue {
            ["description": .string(description), "required": .bool(isRequired), "schema": schema]
        }
    }

    private static let common = ["X-Request-Id", "Cache-Control", "X-Content-Type-Options"]

    private static let headerFields: [HeaderField] = [
        HeaderField(
            name: "X-Request-Id", component: "RequestID", description: "Names the request in all logs.",
            schema: ["type": "string", "pattern": "^[A-Za-z0-9._-]{1,64}$"]),
        HeaderField(
            name: "Cache-Control", component: "CacheControl", description: "Nothing may be kept.",
            schema: ["type": "string", "const": "no-store"]),
        HeaderField(
            name: "X-Content-Type-Options", component: "ContentTypeOptions", description: "The type is right.",
            schema: ["type": "string", "const": "nosniff"]),
        HeaderField(
            name: "WWW-Authenticate", component: "WWW-Authenticate", description: "What to send (RFC 6750).",
            schema: ["type": "string", "pattern": "^Bearer realm=\"postern\""]),
        HeaderField(
            name: "Retry-After", component: "Retry-After", description: "After how many seconds to try again.",
            schema: ["type": "integer", "minimum": 1], isRequired: true),
        HeaderField(
            name: "Set-Cookie", component: "SessionCookie", description: "The session cookie, or its end.",
            isRequired: true),
        HeaderField(
            name: "Set-Cookie", component: "EndedCookie",
            description: "The end of the session cookie, where that was the credential that counts no longer.",
            isRequired: false),
        HeaderField(name: "Location", component: "Location", description: "Where it is, relative to this path."),
        HeaderField(name: "X-Auth-Account", component: "AuthAccount", description: "The account's identifier."),
        HeaderField(
            name: "X-Auth-User", component: "AuthUser", description: "The user's identifier.", isRequired: false),
        HeaderField(
            name: "X-Auth-Org", component: "AuthOrg", description: "The organization's identifier.",
            isRequired: false),
        HeaderField(name: "X-Auth-Email", component: "AuthEmail", description: "The email address."),
        HeaderField(
            name: "X-Auth-Roles", component: "AuthRoles", description: "The roles, with commas between them.",
            isRequired: false),
    ]

    /// The header fields of an answer: those that every answer has, and these.
    static func headers(_ components: [String]) -> JSONValue {
        let fields = headerFields.filter { common.contains($0.name) || components.contains($0.component) }
        return .members(fields.map { ($0.name, ["$ref": .string("#/components/headers/\($0.component)")]) })
    }
}
