import Identity
import JSON

extension Schema {
    /// The schemas of what is answered, by name.
    static let answers: [(String, JSONValue)] = [
        ("Account", answer(account)), ("LoggedInAccount", loggedInAccount), ("User", user),
        ("Organization", organization), ("Session", session),
        ("APIToken", apiToken), ("AuditEvent", auditEvent), ("CurrentSession", currentSession), ("Status", status),
        ("Problem", problem), ("Done", ["type": "string", "const": "ok"]),
    ]

    /// The names of the members of an answer.
    static func memberNames(of name: String) -> [String] {
        guard case .object(let schema)? = answers.first(where: { $0.0 == name })?.1,
            case .object(let properties)? = schema.first(where: { $0.name == "properties" })?.value
        else { return [] }
        return properties.map(\.name)
    }

    /// A list of what is named.
    static func page(of name: String) -> JSONValue {
        answer([
            ("data", array(of: named(name), most: PageRequest.sizes.upperBound)),
            ("next_cursor", text(orNull: "For `after`; null on the last page.")),
            ("previous_cursor", text(orNull: "For `before`; null on the first page.")),
            ("has_next_page", bool("Whether there is a next page.")),
            ("has_previous_page", bool("Whether there is a previous page.")),
            (
                "total_count",
                described(
                    ["type": ["integer", "null"], "minimum": 0],
                    """
                    How many rows the whole list has; null with `count=false`. Where that takes long to count, as with \
                    more than some 20,000 rows, it may be up to ten seconds old.
                    """)
            ),
        ])
    }

    private static let account: [(String, JSONValue)] = [
        ("id", identifier(Account.self)),
        ("email", text()),
        ("name", text()),
        ("given_name", text(orNull: "")),
        ("family_name", text(orNull: "")),
        ("provider", choice(["Credentials", "Google", "Microsoft", "LDAP"])),
        ("users", array(of: named("User"))),
        ("roles", described(array(of: choice(roles)), "All roles that it holds, in its organizations and here.")),
    ]

    private static let loggedInAccount = answer(
        account,
        optional: [
            (
                "password_change_required",
                [
                    "type": "boolean", "const": true,
                    "description": "There where the password must be changed before anything else.",
                ]
            )
        ])

    private static let user = answer([
        ("id", identifier(User.self)),
        ("org_id", identifier(Organization.self)),
        ("account_id", identifier(Account.self)),
        ("name", text()),
        ("email", text()),
        ("state", choice(states)),
        ("roles", array(of: choice(rolesInOrganization))),
        ("created_at", timestamp),
    ])

    private static let organization = answer([
        ("id", identifier(Organization.self)),
        ("slug", ["type": "string", "pattern": "^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$"]),
        ("name", text()),
        ("display_name", text(orNull: "The name as applications show it; null for `name`.")),
        ("auto_join_enabled", bool("Whether accounts whose email fits may join by themselves.")),
        ("default_role", orNull(choice(rolesInOrganization, "The role of who joins."))),
        ("email_regex", text(orNull: "Which email addresses fit; null for none.")),
        ("created_at", timestamp),
    ])

    private static let session = answer([
        ("id", identifier(Session.self)),
        ("created_at", timestamp),
        ("last_seen", described(timestamp, "To about two minutes.")),
        ("expires_at", timestamp),
        ("address", text(orNull: "From where it was begun.")),
        ("user_agent", text(orNull: "With what it was begun.")),
        ("is_current", bool("Whether it is the one that asks.")),
    ])

    private static let roleCeiling = orNull(
        choice(roles, "The highest role of the account that counts; null for each: a session, or a token without one."))

    private static let apiToken = answer([
        ("id", identifier(APIToken.self)),
        ("name", text()),
        ("token", text(orNull: "The token itself, only in the answer to its creation; else null.")),
        ("scopes", array(of: choice(scopes))),
        ("role_ceiling", roleCeiling),
        ("hashed_token", ["type": "string", "pattern": "^[0-9a-f]{64}$"]),
        ("last_used_at", orNull(timestamp)),
        ("created_at", timestamp),
        ("valid_until", orNull(timestamp)),
    ])

    private static let auditEvent = answer([
        ("id", identifier(AuditEvent.self)),
        ("type", choice(AuditEvent.Kind.allCases.map(\.rawValue))),
        ("time", timestamp),
        ("actor", orNull(identifier(Account.self, "Whose doing it was; null for nobody known."))),
        (
            "credential",
            orNull(
                answer([
                    ("kind", choice(["api_token", "session", "command_line"])),
                    ("id", text(orNull: "")),
                ]))
        ),
        ("account", orNull(identifier(Account.self, "To whom it was done."))),
        ("target", text(orNull: "To which session, token, user or organization.")),
        ("org_id", orNull(identifier(Organization.self))),
        ("address", text(orNull: "From where.")),
        ("request_id", text(orNull: "")),
        ("details", ["type": "object", "additionalProperties": text()]),
    ])

    private static let currentSession = answer([
        (
            "credential",
            answer([
                ("kind", choice(["api_token", "session"])),
                ("id", text()),
                ("expires_at", orNull(timestamp)),
                ("role_ceiling", roleCeiling),
            ])
        ),
        ("account", named("Account")),
        ("user", orNull(named("User"))),
        ("organization", orNull(named("Organization"))),
        ("roles", described(array(of: choice(roles)), "Those that count: none above the ceiling.")),
        ("scopes", array(of: choice(scopes))),
        ("password_change_required", bool("Whether the password must be changed before anything else.")),
    ])

    private static let status = answer([
        ("version", text()),
        ("started_at", timestamp),
        (
            "workers",
            answer([
                ("threads", integer("Threads that answer requests.")),
                ("in_hand", integer("Requests being read or answered.")),
            ])
        ),
        (
            "connections",
            answer([
                ("idle", integer("Without a request.")),
                ("incomplete", integer("Whose request has come in part.")),
                ("accepted", integer("Taken since the start.")),
            ])
        ),
        (
            "hashing",
            answer([
                ("slots", integer("Hashes computed at once.")),
                ("running", integer("Being computed.")),
                ("line", integer("How many may wait.")),
                ("waiting", integer("How many wait.")),
                ("computed", integer("Since the start.")),
                ("refused", integer("Since the start, because the line was full.")),
            ])
        ),
    ])

    /// Problem details (RFC 9457). The web server in front answers its own errors in the same form.
    private static let problem: JSONValue = [
        "type": "object",
        "required": ["type", "title", "status", "detail", "code", "request_id"],
        "properties": [
            "type": ["type": "string", "const": "about:blank"],
            "title": ["type": "string"],
            "status": ["type": "integer", "minimum": 400, "maximum": 599],
            "detail": ["type": "string", "description": "What happened, in words."],
            "code": choice(Problem.Code.allCases.map(\.rawValue), "What happened, for programs: it is stable."),
            "request_id": ["type": "string"],
            "errors": [
                "type": "array",
                "description": "Every fault of what was sent, with `invalid_request`.",
                "items": [
                    "type": "object",
                    "required": ["code", "detail"],
                    "properties": [
                        "pointer": ["type": "string", "description": "A JSON Pointer to the member of the body."],
                        "parameter": ["type": "string", "description": "The parameter of the query."],
                        "code": choice(InputFault.Code.allCases.map(\.rawValue)),
                        "detail": ["type": "string"],
                    ],
                    "additionalProperties": false,
                ],
            ],
        ],
        "additionalProperties": false,
    ]
}
