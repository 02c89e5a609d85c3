import HTTPTypes
import Identity
import JSON

extension Operation {
    static let authentication: [String: Operation] = [
        "POST /auth/register": Operation(
            id: "register", tag: .authentication, summary: "Create an account",
            description: """
                Creates a credentials-based account and its user in the token's organization, on disk before the answer.

                ```sh
                curl -X POST "https://{BASE_URL}/api/v1/auth/register" \\
                  -H "Authorization: Bearer {API_TOKEN}" \\
                  -H "Content-Type: application/json" \\
                  -d '{
                    "email": "{username}",
                    "password": "{password}",
                    "roles": ["AppAdmin"]
                  }'
                ```
                """,
            body: Body(
                schema: "Registration",
                example: [
                    "email": "sasha@auroralabs.com", "password": "northern lights", "roles": ["AppAdmin"],
                    "name": "Sasha Patel", "given_name": "Sasha", "family_name": "Patel",
                ]),
            answer: one(
                "Account", "The account.", Example.account,
                links: [
                    Link(operation: "logIn", resendsBody: true),
                    Link(operation: "getAccount", parameter: ("id", "/id")),
                    Link(operation: "updateAccount", parameter: ("id", "/id")),
                    Link(operation: "resetPassword", parameter: ("id", "/id")),
                    Link(operation: "eraseAccount", parameter: ("id", "/id")),
                    Link(operation: "getUser", parameter: ("id", "/users/0/id")),
                    Link(operation: "updateUser", parameter: ("id", "/users/0/id")),
                    Link(operation: "deactivateUser", parameter: ("id", "/users/0/id")),
                    Link(operation: "activateUser", parameter: ("id", "/users/0/id")),
                ]),
            problems: [.accountExists, .roleNotGrantable]),
        "POST /auth/login": Operation(
            id: "logIn", tag: .authentication, summary: "Log in with credentials",
            description: """
                Exchanges email and password for a session, whose token is in the cookie. A wrong password and an unknown \
                email get the same answer in the same time. The session in a cookie that is sent along ends.

                ```sh
                curl -X POST "https://{BASE_URL}/api/v1/auth/login" \\
                  -H "Authorization: Bearer {API_TOKEN}" \\
                  -H "Content-Type: application/json" \\
                  -d '{
                    "email": "{username}",
                    "password": "{password}"
                  }'
                ```
                """,
            body: Body(
                schema: "Credentials", example: ["email": "sasha@auroralabs.com", "password": "northern lights"]),
            answer: Answer(
                description: "The account, and a new session.", schema: Schema.named("LoggedInAccount"),
                example: Example.account, headers: ["SessionCookie"]),
            problems: [.invalidCredentials, .accountInactive]),
        "POST /auth/logout": Operation(
            id: "logOut", tag: .authentication, summary: "Log out",
            description: """
                Ends the session that is the bearer, or whose cookie comes along with an API token. With an API token alone \
                there is none to end, and it is `"ok"` all the same.

                ```sh
                curl -X POST "https://{BASE_URL}/api/v1/auth/logout" \\
                  -H "Authorization: Bearer {API_TOKEN}"
                ```
                """,
            answer: done("There is no such session any more.", headers: ["SessionCookie"])),
        "GET /auth/session": Operation(
            id: "getCurrentSession", tag: .authentication, summary: "Who is calling",
            answer: one("CurrentSession", "The credential and whose it is.", Example.currentSession),
            problems: [.notFound]),
        "GET /auth/verify": Operation(
            id: "verify", tag: .authentication, summary: "Let a web server ask who is calling",
            description: """
                For `auth_request` of nginx and the like: says by the status whether a request may go on. `X-Org` counts for \
                nothing here. Where there are several organizations, a role in one needs `org`, and without `org` nothing of \
                any organization is told. Unknown parameters are refused.
                """,
            query: [
                query("role", "The least role.", Schema.choice(Schema.roles)),
                query(
                    "org", "Slug or identifier of the organization in which it is held.",
                    ["type": "string", "minLength": .number(1), "maxLength": .number(63)]),
            ],
            answer: Answer(
                status: .noContent, description: "It may. The header fields say who is calling.",
                headers: ["AuthAccount", "AuthUser", "AuthOrg", "AuthEmail", "AuthRoles"]),
            problems: [.forbidden]),
    ]
}
