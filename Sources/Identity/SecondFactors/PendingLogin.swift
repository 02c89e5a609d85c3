/// A login whose password was right, and which waits for a second factor. It is no credential: it opens no route but
/// the one that finishes it.
public struct PendingLogin: Identified, Sendable, Equatable {
    public static let identifierPrefix = "login_"

    /// The seconds for which it waits.
    public static let lifetime: Int64 = 300
    /// The most of one account and network that wait at once.
    public static let most = 5
    /// The number of wrong answers with which it is over.
    public static let mostFailures = 5

    /// The identifier.
    public let id: Identifier<PendingLogin>
    /// The hash of its token.
    public let tokenHash: TokenHash
    /// The account.
    public let account: Identifier<Account>
    /// The API token of the program that began it, and that alone may finish it; `nil` for a browser.
    public let program: Identifier<APIToken>?
    /// The network of the client.
    public let network: String
    /// The challenge that was given out last; `nil` if there is none, or it was answered.
    public let challenge: [UInt8]?
    /// The number of answers so far that were wrong, or are being checked.
    public let failures: Int
    /// The time of the first step.
    public let createdAt: Timestamp
    /// The time at which it is over.
    public let expiresAt: Timestamp

    /// Creates it from its parts.
    public init(
        id: Identifier<PendingLogin>, tokenHash: TokenHash, account: Identifier<Account>,
        program: Identifier<APIToken>?, network: String, challenge: [UInt8]? = nil, failures: Int = 0,
        createdAt: Timestamp, expiresAt: Timestamp
    ) {
        self.id = id
        self.tokenHash = tokenHash
        self.account = account
        self.program = program
        self.network = network
        self.challenge = challenge
        self.failures = failures
        self.createdAt = createdAt
        self.expiresAt = expiresAt
    }

    /// True if it can still be finished. One that was made in the future was made by a clock that was wrong.
    func isOpen(at now: Timestamp) -> Bool {
        failures < Self.mostFailures && expiresAt > now && createdAt <= now + WallClock.tolerance
    }

    /// The outcome of the first step.
    public enum Beginning: Sendable, Equatable {
        /// It waits for a second factor, by one of these methods; `last` is the one used last.
        case waits(AuthenticationMethods, last: AuthenticationMethods)
        /// The account has no second factor any more.
        case needsNone
        /// The account is not active any more, or has another password.
        case refused
    }

    /// The answer to the first step of a login.
    public struct Offer: Sendable, Equatable {
        /// The token by which the login is finished, which is not available later.
        public let token: String
        /// The methods by which a second factor can be proved, the one used last first.
        public let methods: [SecondFactorMethod]
        /// The time at which it is over.
        public let expiresAt: Timestamp
        /// The account, for the log alone.
        public let account: Identifier<Account>?

        /// Creates an offer.
        public init(
            token: String, methods: [SecondFactorMethod], expiresAt: Timestamp, account: Identifier<Account>? = nil
        ) {
            self.token = token
            self.methods = methods
            self.expiresAt = expiresAt
            self.account = account
        }
    }
}
