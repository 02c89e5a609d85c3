import Identity

/// The settings, each in this one place. `postern check` prints them in the order in which `Settings` reads them.
extension Settings {
    static let database = Setting(
        "POSTERN_DATABASE", file, default: "/var/lib/postern/postern.sqlite3", reloads: false,
        "The database: the path of a file for SQLite, or postgresql://USER@HOST/DATABASE for PostgreSQL.")
    static let listen = Setting(
        "POSTERN_LISTEN", address, default: "unix:/run/postern/postern.sock", reloads: false,
        "The address of the FastCGI responder: unix:PATH, ADDRESS:PORT or [IPV6]:PORT. An inherited socket takes "
            + "precedence.")
    static let socketMode = Setting(
        "POSTERN_SOCKET_MODE", fileMode, default: "0660", reloads: false, "The mode of the Unix socket, octal.")
    static let socketGroup = Setting(
        "POSTERN_SOCKET_GROUP", { $0 }, default: "", reloads: false,
        "The group of the Unix socket; empty for the group of the process.")
    static let workers = Setting(
        "POSTERN_WORKERS", integer(in: 1...512), default: "16", reloads: false,
        "Threads for requests that need no password hash, 1 to 512. Each running or queued hash has one more.")
    static let basePath = Setting(
        "POSTERN_BASE_PATH", pathPrefix, default: "/api/v1", reloads: true, "The path of the API; / for the root.")
    static let publicURL = Setting(
        "POSTERN_PUBLIC_URL", publicAddress, default: "", reloads: true,
        "The address of this installation for browsers, such as https://auth.example.org: scheme, host and perhaps a "
            + "port, without a path; http for this machine only (localhost). Empty for none.")
    static let publicLogin = Setting(
        "POSTERN_PUBLIC_LOGIN", flag, default: "false", reloads: true,
        "true lets browsers log in without an API token.")
    static let insecureCookie = Setting(
        "POSTERN_INSECURE_COOKIE", flag, default: "false", reloads: true,
        "true drops Secure and the __Host- prefix from the session cookie, for development over plain HTTP.")

    static let keyFile = Setting(
        "POSTERN_KEY_FILE", { $0 }, default: "", reloads: true,
        "The file of the installation's keys that `postern key create` made: an absolute path, mode 0400. Empty for "
            + "none, and what needs keys is then unavailable.")

    static let sessionLifetime = Setting(
        "POSTERN_SESSION_LIFETIME", seconds(in: 60...400 * 86400), default: "14d", reloads: true,
        "The lifetime of a session, however much it is used: a number and s, m, h or d; 1m to 400d.")
    static let sessionIdleTimeout = Setting(
        "POSTERN_SESSION_IDLE_TIMEOUT", seconds(in: 300...400 * 86400), default: "12h", reloads: true,
        "The time without use after which a session ends: a number and s, m, h or d; 5m to 400d.")
    static let tokenMaximumLifetime = Setting(
        "POSTERN_TOKEN_MAX_LIFETIME", secondsOrForever, default: "forever", reloads: true,
        "The longest lifetime of a new API token: a number and s, m, h or d, 1m or more; or forever.")
    static let auditRetention = Setting(
        "POSTERN_AUDIT_RETENTION", retention, default: "365d", reloads: true,
        "The time for which audit log entries are kept: a number and s, m, h or d, 1d or more; or forever.")

    static let passwordMinimumLength = Setting(
        "POSTERN_PASSWORD_MINIMUM_LENGTH", integer(in: PasswordPolicy.minimumLengthRange), default: "8", reloads: true,
        "The minimum length of a new password in characters, 8 to 64; use 15 where it is the only factor.")
    static let passwordWords = Setting(
        "POSTERN_PASSWORD_WORDS", { PasswordWords($0) }, default: "", reloads: true,
        "Names of product and company, separated by commas, that a new password must not mostly consist of: at most "
            + "100 of 2 to 64 letters.")
    static let passwordBreached = Setting(
        "POSTERN_PASSWORD_BREACHED", { $0 }, default: "", reloads: true,
        "The file of breached passwords that `postern password build-breached` made; empty for none.")
    static let passwordHash = Setting(
        "POSTERN_PASSWORD_HASH", recommendedScheme, default: "auto", reloads: false,
        "auto, argon2id:m=KIB,t=PASSES,p=LANES, scrypt:ln=LOG2N,r=8,p=P or pbkdf2-sha256:i=ITERATIONS: a row of "
            + "OWASP's tables, or stronger.")
    static let firebaseSignerKeyFile = Setting(
        "POSTERN_FIREBASE_SIGNER_KEY_FILE", { $0 }, default: "", reloads: false,
        "The file with the base64_signer_key of the Firebase project that accounts were imported from; empty for none.")
    static let hashSlots = Setting(
        "POSTERN_HASH_SLOTS", processors, default: "auto", reloads: false,
        "The number of passwords hashed at once, 1 to 256; auto for the number of processors.")
    static let hashQueue = Setting(
        "POSTERN_HASH_QUEUE", formerly: "POSTERN_HASH_LINE", integer(in: 0...1024), default: "32", reloads: false,
        "The length of the hash queue, 0 to 1024; logins beyond it are answered 503.")

    static let throttle = Setting(
        "POSTERN_THROTTLE", flag, default: "true", reloads: true,
        "false lets every attempt through, for measurements only.")
    static let throttleLogin = Setting(
        "POSTERN_THROTTLE_LOGIN", backoff, default: "5/1s-15m", reloads: true,
        "Failed logins to one account from one address, LIMIT/SHORTEST-LONGEST: the waits that follow double from the "
            + "shortest to the longest.")
    static let throttleAddress = Setting(
        "POSTERN_THROTTLE_ADDRESS", window, default: "50/15m", reloads: true,
        "Failed logins from one address (IPv6: /64 network), LIMIT/SPAN; further ones are refused until the span is "
            + "over.")
    static let throttleAccount = Setting(
        "POSTERN_THROTTLE_ACCOUNT", window, default: "100/1h", reloads: true,
        "Failed logins to one account, from all addresses that have not logged in to it in the last 30 days, "
            + "LIMIT/SPAN.")
    static let throttleRegistration = Setting(
        "POSTERN_THROTTLE_REGISTRATION", window, default: "1000/1h", reloads: true,
        "Registrations from one address, or by one API token that names no client address, LIMIT/SPAN.")
    static let throttleToken = Setting(
        "POSTERN_THROTTLE_TOKEN", window, default: "100/15m", reloads: true,
        "Invalid bearer tokens from one address, LIMIT/SPAN; further ones are answered 429. Valid ones are always "
            + "accepted.")

    static let throttleSecondFactor = Setting(
        "POSTERN_THROTTLE_SECOND_FACTOR", backoff, default: "5/1s-15m", reloads: true,
        "Wrong codes of second factors for one account, LIMIT/SHORTEST-LONGEST; and 30 a day.")

    static let secondFactor = Setting(
        "POSTERN_SECOND_FACTOR", secondFactorPolicy, default: "", reloads: true,
        "Accounts that must have a second factor: off (and nobody adds one), optional, admins or required. Empty for "
            + "optional, or off where an older version made the database.")
    static let trustedDevice = Setting(
        "POSTERN_TRUSTED_DEVICE", secondsOrOff, default: "off", reloads: true,
        "The time for which a browser that logged in with a second factor needs none again: a number and s, m, h or d, "
            + "1h to 400d; or off.")
    static let freshness = Setting(
        "POSTERN_FRESHNESS", flagOrStored, default: "", reloads: true,
        "true asks for a recent login before changes that matter; false only before changes of second factors, and of "
            + "the email address once a route changes it. Empty for true, or false where an older version made the "
            + "database.")
    static let freshnessHigh = Setting(
        "POSTERN_FRESHNESS_HIGH", age(in: 60...86400), default: "15m", reloads: true,
        "The age of a login that does for the changes that matter most: a number and s, m, h or d, or seconds alone; "
            + "1m to 1d.")
    static let freshnessMedium = Setting(
        "POSTERN_FRESHNESS_MEDIUM", age(in: 60...7 * 86400), default: "1h", reloads: true,
        "The age of a login that does for changes of others' rights that don't raise them; 1m to 7d.")
    static let freshnessLow = Setting(
        "POSTERN_FRESHNESS_LOW", age(in: 60...30 * 86400), default: "1d", reloads: true,
        "The age of a login that does for changes that are easily undone; 1m to 30d.")

    static let logLevel = Setting(
        "POSTERN_LOG_LEVEL", level, default: "info", reloads: true,
        "trace, debug, info (one line for each request), notice, warning, error or critical.")
    static let logFormat = Setting(
        "POSTERN_LOG_FORMAT", { LogFormat.Style(rawValue: $0) }, default: "text", reloads: false,
        "text, or json for one JSON object a line.")
}
