/// The proof with which a login ends: the store checks in the login's own transaction that it still holds, and notes
/// what it uses up.
///
///     let proof = LoginProof.password(verified: hash, renewed: nil).with(.factor(use))
///     let account = try store.begin(session, proof: proof, replaced: nil, attempt: attempt, event: event)
public struct LoginProof: Sendable, Equatable {
    /// The first step of a login, or its only one.
    public enum First: Sendable, Equatable {
        /// A password that fits the account's hash.
        ///
        /// - Parameters:
        ///   - verified: the hash against which the password was checked. A password that was changed since then ends
        ///     the login.
        ///   - renewed: the hash that replaces it, if it was made with other parameters than those in use now.
        case password(verified: String, renewed: String?)
        /// A first step that was done before. It is used up.
        case pending(Identifier<PendingLogin>)
        /// A passkey alone, whose use is the second part. Its challenge is used up.
        case passkey(UsedChallenge)
    }

    /// The second step.
    public enum Second: Sendable, Equatable {
        /// None: that holds behind a password only, and for an account without second factors.
        case none
        /// A second factor.
        case factor(FactorUse)
        /// A browser that is trusted since an earlier login.
        case device(TokenHash)
    }

    /// The first step.
    public let first: First
    /// The second step.
    public let second: Second

    /// Creates a proof from its steps.
    public init(_ first: First, _ second: Second = .none) {
        self.first = first
        self.second = second
    }

    /// A password alone, which no longer holds once the account has a second factor.
    public static func password(verified: String, renewed: String?) -> LoginProof {
        LoginProof(.password(verified: verified, renewed: renewed))
    }

    /// The same first step with a second one.
    public func with(_ second: Second) -> LoginProof { LoginProof(first, second) }

    /// True if it uses up a recovery code, by which the account may lose a method.
    public var usesRecoveryCode: Bool {
        if case .factor(let use) = second { use.method == .recoveryCode } else { false }
    }

    /// The proofs on which a session rests that begins with it.
    func authentication(at now: Timestamp) -> SessionAuthentication {
        let first: AuthenticationMethods = if case .passkey = first { [] } else { .password }
        return switch second {
        case .none: SessionAuthentication(methods: first, authenticatedAt: now)
        case .factor(let use):
            SessionAuthentication(
                methods: first.union(use.method.asSet), authenticatedAt: now, secondFactorAt: now)
        case .device:
            SessionAuthentication(methods: first.union(.trustedDevice), authenticatedAt: now)
        }
    }
}

/// The challenge of a login by a passkey alone that was answered, so that it works once.
public struct UsedChallenge: Sendable, Equatable {
    /// The seconds for which it is remembered beyond its expiry: longer than any clock is off.
    private static let memory: Int64 = 86400

    /// The SHA-256 of the challenge.
    public let digest: [UInt8]
    /// The time from which it can be forgotten.
    public let expiresAt: Timestamp

    /// Creates it from its parts.
    public init(digest: [UInt8], expiresAt: Timestamp) {
        self.digest = digest
        self.expiresAt = expiresAt
    }

    /// Notes a challenge that was found to be valid.
    init(_ challenge: WebAuthn.PasskeyLoginChallenge) {
        self.init(digest: challenge.digest, expiresAt: challenge.expiry + Self.memory)
    }
}
