/// The settings, one case a key. This is the one place that documents them: `postern check` prints it.
enum Setting: String, CaseIterable, Sendable {
    case database = "POSTERN_DATABASE"
    case listen = "POSTERN_LISTEN"
    case socketMode = "POSTERN_SOCKET_MODE"
    case socketGroup = "POSTERN_SOCKET_GROUP"
    case workers = "POSTERN_WORKERS"
    case basePath = "POSTERN_BASE_PATH"
    case publicLogin = "POSTERN_PUBLIC_LOGIN"
    case insecureCookie = "POSTERN_INSECURE_COOKIE"
    case sessionLifetime = "POSTERN_SESSION_LIFETIME"
    case sessionIdleTimeout = "POSTERN_SESSION_IDLE_TIMEOUT"
    case tokenMaximumLifetime = "POSTERN_TOKEN_MAX_LIFETIME"
    case auditRetention = "POSTERN_AUDIT_RETENTION"
    case passwordMinimumLength = "POSTERN_PASSWORD_MINIMUM_LENGTH"
    case passwordHash = "POSTERN_PASSWORD_HASH"
    case throttle = "POSTERN_THROTTLE"
    case throttleLogin = "POSTERN_THROTTLE_LOGIN"
    case throttleAddress = "POSTERN_THROTTLE_ADDRESS"
    case throttleAccount = "POSTERN_THROTTLE_ACCOUNT"
    case throttleRegistration = "POSTERN_THROTTLE_REGISTRATION"
    case throttleToken = "POSTERN_THROTTLE_TOKEN"
    case hashSlots = "POSTERN_HASH_SLOTS"
    case hashLine = "POSTERN_HASH_LINE"
    case logLevel = "POSTERN_LOG_LEVEL"

    /// The value where none is set.
    var defaultText: String {
        switch self {
        case .database: "/var/lib/postern/postern.sqlite3"
        case .listen: "unix:/run/postern/postern.sock"
        case .socketMode: "0660"
        case .socketGroup: ""
        case .workers: "16"
        case .basePath: "/api/v1"
        case .publicLogin: "false"
        case .insecureCookie: "false"
        case .sessionLifetime: "14d"
        case .sessionIdleTimeout: "12h"
        case .tokenMaximumLifetime: "forever"
        case .auditRetention: "365d"
        case .passwordMinimumLength: "8"
        case .passwordHash: "auto"
        case .throttle: "true"
        case .throttleLogin: "5/1s-15m"
        case .throttleAddress: "50/15m"
        case .throttleAccount: "100/1h"
        case .throttleRegistration: "1000/1h"
        case .throttleToken: "100/15m"
        case .hashSlots: "auto"
        case .hashLine: "32"
        case .logLevel: "info"
        }
    }

    /// What it does, and what values it takes.
    var summary: String {
        switch self {
        case .database:
            "The database file."
        case .listen:
            "Where the FastCGI responder listens: unix:PATH, ADDRESS:PORT or [IPV6]:PORT. An inherited socket goes first."
        case .socketMode:
            "The mode of the Unix socket, octal."
        case .socketGroup:
            "The group of the Unix socket; empty for the process's own."
        case .workers:
            "Threads for requests that need no password hash, 1 to 512. Each waiting or running hash has one more."
        case .basePath:
            "The path under which the API is; / for the root."
        case .publicLogin:
            "Whether browsers may log in without an API token: true or false."
        case .insecureCookie:
            "true drops Secure and the __Host- prefix from the session cookie, for development over plain HTTP."
        case .sessionLifetime:
            "How long a session lasts, however much it is used: a number and s, m, h or d; 1m to 400d."
        case .sessionIdleTimeout:
            "After how long without use a session ends: a number and s, m, h or d; 5m to 400d."
        case .tokenMaximumLifetime:
            "How long a new API token may be valid: a number and s, m, h or d, 1m at least; or forever."
        case .auditRetention:
            "How long entries of the audit log are kept: a number and s, m, h or d, 1d at least; or forever."
        case .passwordMinimumLength:
            "The least length of a new password in characters, 8 to 64; 15 is advised where it is the only factor."
        case .passwordHash:
            "auto, argon2id:m=KIB,t=PASSES,p=LANES, scrypt:ln=LOG2N,r=8,p=P or pbkdf2-sha256:i=ITERATIONS: a row of "
                + "OWASP's tables, or stronger."
        case .throttle:
            "false lets every attempt through, for measuring only."
        case .throttleLogin:
            "Failures of one account and address, LIMIT/SHORTEST-LONGEST: the waits that follow double from one to the other."
        case .throttleAddress:
            "Failed logins from one address (IPv6: /64 network), LIMIT/SPAN; then none until the span is over."
        case .throttleAccount:
            "Failed logins to one account, from all addresses that did not log in to it in the last 30 days, LIMIT/SPAN."
        case .throttleRegistration:
            "Registrations from one address, or by one API token that does not say for which, LIMIT/SPAN."
        case .throttleToken:
            "Bad bearer tokens from one address, LIMIT/SPAN; more are answered 429. Good ones are always accepted."
        case .hashSlots:
            "How many passwords are hashed at once, 1 to 256; auto for as many as there are processors."
        case .hashLine:
            "How many more wait for their turn before logins are answered 503, 0 to 1024."
        case .logLevel:
            "trace, debug, info (a line a request), notice, warning, error or critical."
        }
    }
}
