import Cryptography

extension AuthenticationService {
    /// What a login came with, beside the credentials.
    public struct LoginOrigin: Sendable, Equatable {
        /// The client's address; empty where it is not known.
        public let address: String
        /// The client's `User-Agent`; empty where there was none. Only 256 characters of it are kept.
        public let userAgent: String

        /// Makes an origin.
        public init(address: String, userAgent: String) {
            self.address = address
            self.userAgent = userAgent
        }
    }

    /// A login that succeeded.
    public struct Login: Sendable {
        /// Who logged in.
        public let account: Account
        /// The new session's token. It is nowhere else in clear.
        public let token: BearerToken
        /// The new session.
        public let session: Session
    }

    /// Exchanges an email address and a password for a new session.
    ///
    /// A wrong password and an unknown address cost the same and end alike. A hash with other parameters than are used now
    /// is renewed.
    ///
    /// - Throws: `.invalidCredentials`, `.accountInactive`, `.overloaded`, `.store`, `.cryptography`.
    public func login(
        email: String, password: Password, from origin: LoginOrigin
    ) throws(AuthenticationError) -> Login {
        try AuthenticationError.wrapping {
            // What is no email address has no account, and takes the same way.
            let key = EmailAddress(email)?.key ?? email
            // Drawn from the address, so that an unknown one costs the same each time, as a known one does, also where
            // accounts have hashes of several schemes.
            let lot = SHA256.digest(of: key).prefix(8).reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
            let lookup = try store.passwordLookup(emailKey: key, lot: lot)
            // Whatever limits attempts stands here, before any work; and nothing that depends on whether the account
            // exists comes before that work.
            let verification = try hasher.verify(
                password, against: lookup.credential?.passwordHash, decoy: lookup.decoyHash)
            guard let credential = lookup.credential, verification.matches else {
                throw AuthenticationError.invalidCredentials
            }
            guard credential.state == .active else { throw AuthenticationError.accountInactive }
            let token = try BearerToken(.session, random: random)
            let session = try newSession(of: credential.account, token: token, from: origin)
            let account = try store.begin(
                session, verifiedHash: credential.passwordHash, renewedHash: verification.renewedHash)
            // Deactivated, erased or given another password while the hash was computed.
            guard let account else { throw AuthenticationError.invalidCredentials }
            return Login(account: account, token: token, session: session)
        }
    }

    private func newSession(
        of account: Identifier<Account>, token: BearerToken, from origin: LoginOrigin
    ) throws -> Session {
        let now = clock.now()
        return Session(
            id: try Identifier(random: random), tokenHash: token.hash, account: account, createdAt: now,
            expiresAt: now + sessionLifetime, address: origin.address,
            userAgent: String(origin.userAgent.unicodeScalars.prefix(256)))
    }
}
