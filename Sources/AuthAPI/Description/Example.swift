import HTTPTypes
import JSON

/// What the examples of the description show. The account is the one of the reference, letter by letter.
enum Example {
    static let account: JSONValue = [
        "id": "acct_6c8a1f3b2d4e5f7a",
        "email": "sasha@auroralabs.com",
        "name": "Sasha Patel",
        "given_name": "Sasha",
        "family_name": "Patel",
        "provider": "Credentials",
        "users": [user],
        "roles": ["AppAdmin"],
    ]

    static let user: JSONValue = [
        "id": "user_4b7c2a1d9e5f3c8b",
        "org_id": "org_2f3a9d1c7b5e4a8f",
        "account_id": "acct_6c8a1f3b2d4e5f7a",
        "name": "Sasha Patel",
        "email": "sasha@auroralabs.com",
        "state": "Active",
        "roles": ["AppAdmin"],
        "created_at": "2026-02-08T14:12:45Z",
    ]

    static let organization: JSONValue = [
        "id": "org_2f3a9d1c7b5e4a8f",
        "slug": "aurora-labs",
        "name": "Aurora Labs",
        "display_name": .null,
        "auto_join_enabled": true,
        "default_role": "AppMember",
        "email_regex": #".*@auroralabs\.com"#,
        "created_at": "2026-02-01T09:00:00Z",
    ]

    static let session: JSONValue = [
        "id": "sess_9d1c7b5e4a8f2f3a",
        "created_at": "2026-02-08T14:12:45Z",
        "last_seen": "2026-02-08T15:02:10Z",
        "expires_at": "2026-02-22T14:12:45Z",
        "address": "192.0.2.44",
        "user_agent": "Mozilla/5.0",
        "is_current": true,
    ]

    static func apiToken(_ token: JSONValue) -> JSONValue {
        [
            "id": "tok_5e4a8f2f3a9d1c7b",
            "name": "app",
            "token": token,
            "scopes": ["register", "login"],
            "role_ceiling": "AppAdmin",
            "hashed_token": "3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855f",
            "last_used_at": .null,
            "created_at": "2026-02-08T14:12:45Z",
            "valid_until": "2027-01-31T00:00:00Z",
        ]
    }

    static let auditEvent: JSONValue = [
        "id": "evt_1f3b2d4e5f7a6c8a",
        "type": "login.succeeded",
        "time": "2026-02-08T14:12:45Z",
        "actor": "acct_6c8a1f3b2d4e5f7a",
        "credential": ["kind": "api_token", "id": "tok_5e4a8f2f3a9d1c7b"],
        "account": "acct_6c8a1f3b2d4e5f7a",
        "target": "sess_9d1c7b5e4a8f2f3a",
        "org_id": "org_2f3a9d1c7b5e4a8f",
        "address": "192.0.2.44",
        "request_id": "req_0a1b2c3d4e5f6071",
        "details": [:],
    ]

    static let currentSession: JSONValue = [
        "credential": [
            "kind": "session", "id": "sess_9d1c7b5e4a8f2f3a", "expires_at": "2026-02-22T14:12:45Z",
            "role_ceiling": .null,
        ],
        "account": account,
        "user": user,
        "organization": organization,
        "roles": ["AppAdmin"],
        "scopes": ["accounts:read", "accounts:write", "tokens", "audit:read"],
        "password_change_required": false,
    ]

    static let status: JSONValue = [
        "version": "0.1.0",
        "started_at": "2026-02-08T14:12:45Z",
        "workers": ["threads": 50, "in_hand": 1],
        "connections": ["idle": 16, "incomplete": 0, "accepted": 230],
        "hashing": ["slots": 2, "running": 2, "line": 32, "waiting": 5, "computed": 8120, "refused": 0],
    ]

    static let metrics: JSONValue = """
        # HELP postern_http_requests_total Requests answered.
        # TYPE postern_http_requests_total counter
        postern_http_requests_total{method="POST",route="/auth/login",status="200"} 12

        """

    /// An error answer.
    static func problem(_ code: Problem.Code) -> JSONValue {
        [
            "type": "about:blank",
            "title": .string(code.status.reasonPhrase),
            "status": .number(code.status.code),
            "detail": .string("In words, what \(code.rawValue) means here."),
            "code": .string(code.rawValue),
            "request_id": "req_0a1b2c3d4e5f6071",
        ]
    }
}
