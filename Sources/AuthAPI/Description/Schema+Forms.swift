import Identity
import JSON

extension Schema {
    /// The schemas of what is sent, by name.
    ///
    /// - Parameter minimumLength: of a new password.
    static func forms(minimumLength: Int) -> [(String, JSONValue)] {
        [
            ("Registration", registration(newPassword(minimumLength: minimumLength))),
            ("Credentials", credentials),
            ("OwnAccountChange", ownAccountChange(newPassword(minimumLength: minimumLength, orNull: true))),
            ("APITokenRequest", apiTokenRequest), ("AccountChange", accountChange), ("UserCreation", userCreation),
            ("UserChange", userChange), ("OrganizationChange", organizationChange),
        ]
    }

    private static let someRoles: JSONValue = [
        "type": ["array", "null"], "items": choice(roles), "maxItems": 32,
        "description": "None above the credential's own.",
    ]

    private static let someState: JSONValue = [
        "type": ["string", "null"], "enum": .array(states.map { .string($0) } + [.null]),
    ]

    private static let someRoleInOrganization: JSONValue = [
        "type": ["string", "null"], "enum": .array(rolesInOrganization.map { .string($0) } + [.null]),
    ]

    private static let userInfo: JSONValue = [
        "type": ["object", "null"],
        "properties": [
            "name": orNull(name("The name by which the organization knows the person.", isRequired: true))
        ],
    ]

    private static func registration(_ password: JSONValue) -> JSONValue {
        form(
            [
                (
                    "email",
                    [
                        "type": "string", "format": "email", "maxLength": .number(EmailAddress.maximumLength),
                        "description": """
                        Unique after Normalization Form C and case folding, and whichever way an internationalized domain \
                        is written. White space around it is taken off. Letters beyond ASCII are allowed; quoted local \
                        parts and IP addresses are not.
                        """,
                    ]
                ),
                ("password", password),
                (
                    "roles",
                    described(someRoles, "The default is `AppMember`. None above those that count for the token.")
                ),
                (
                    "name",
                    name("The default is given and family name, else the part of the email before `@`.")
                ),
                ("given_name", name("")), ("family_name", name("")),
            ], required: ["email", "password"])
    }

    private static let credentials = form(
        [("email", text()), ("password", ["type": "string", "format": "password"])], required: ["email", "password"])

    private static func ownAccountChange(_ password: JSONValue) -> JSONValue {
        form([
            ("name", orNull(name("", isRequired: true))),
            ("given_name", name("Null takes it away.")),
            ("family_name", name("Null takes it away.")),
            ("current_password", ["type": ["string", "null"], "format": "password"]),
            ("new_password", password),
            (
                "revoke_tokens",
                ["type": ["boolean", "null"], "description": "Whether all API tokens of the account end too."]
            ),
        ]).with([
            (
                "dependentRequired",
                [
                    "new_password": ["current_password"], "current_password": ["new_password"],
                    "revoke_tokens": ["new_password"],
                ]
            )
        ])
    }

    private static let apiTokenRequest = form(
        [
            ("name", name("What it is for.", isRequired: true)),
            (
                "scopes",
                described(array(of: choice(scopes), most: 32), "None that the caller lacks.")
            ),
            (
                "role_ceiling",
                [
                    "type": ["string", "null"], "enum": .array(roles.map { .string($0) } + [.null]),
                    "description": """
                    The highest role of the account that counts for the token; one in an organization drops those on the \
                    installation. None above the caller's own. The default is `AppMember`, with `accounts:write` \
                    `AppAdmin`, with `admin` the caller's highest, and never above that.
                    """,
                ]
            ),
            (
                "valid_until",
                [
                    "type": ["string", "null"], "format": "future-date-time",
                    "description": """
                    A moment in the future as RFC 3339 has it, such as `2027-01-31T00:00:00Z` or \
                    `2027-01-31T01:00:00+01:00`; null for as late as may be.
                    """,
                ]
            ),
            (
                "revoke_existing",
                [
                    "type": ["boolean", "null"],
                    "description": "Whether all other tokens of the account in the organization end.",
                ]
            ),
        ], required: ["name", "scopes"])

    private static let accountChange = form([
        ("roles", someRoles), ("state", described(someState, "`Inactive` ends all sessions and API tokens at once.")),
    ])

    private static let userCreation = form(
        [
            ("account_id", identifier(Account.self)),
            ("role", described(someRoleInOrganization, "The default is `AppMember`.")),
            ("user_info", userInfo),
        ], required: ["account_id"])

    private static let userChange = form([("role", someRoleInOrganization), ("user_info", userInfo)])

    private static let organizationChange = form([
        ("name", orNull(name("", isRequired: true))),
        ("display_name", name("Null takes it away.")),
        ("auto_join_enabled", ["type": ["boolean", "null"]]),
        ("default_role", described(someRoleInOrganization, "The role of who joins.")),
        (
            "email_regex",
            [
                "type": ["string", "null"], "format": "posix-extended-regex",
                "maxLength": .number(EmailPattern.maximumLength),
                "description": """
                A POSIX extended regular expression of printable ASCII characters without back-references, which the \
                whole email address must match, an internationalized domain in A-labels; null for none. A backslash \
                stands before punctuation only, outside of brackets.
                """,
            ]
        ),
    ])
}
