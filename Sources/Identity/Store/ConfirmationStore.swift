/// A session whose holder proves once more who they are, and which gets another token by it.
public struct ConfirmedSession: Sendable, Equatable {
    /// The session.
    public let session: Identifier<Session>
    /// Its account.
    public let account: Identifier<Account>
    /// The hash of the token that it has.
    public let present: TokenHash
    /// The hash of the token that it gets.
    public let renewed: TokenHash

    /// Creates it from its parts.
    public init(
        session: Identifier<Session>, account: Identifier<Account>, present: TokenHash, renewed: TokenHash
    ) {
        self.session = session
        self.account = account
        self.present = present
        self.renewed = renewed
    }
}

/// The proof with which a session is confirmed: the store checks in the same transaction that it still holds.
public enum ConfirmationProof: Sendable, Equatable {
    /// A password that fits the account's hash `verified`. It does only while the account has no second factor.
    case password(verified: String)
    /// A second factor, whose use is noted along with it.
    case factor(FactorUse)

    /// The method.
    public var method: AuthenticationMethods {
        switch self {
        case .password: .password
        case .factor(let use): use.method.asSet
        }
    }
}

/// The end of an attempt to confirm a session.
public enum ConfirmationOutcome: Sendable, Equatable {
    /// The proofs on which the session rests from now on.
    case confirmed(SessionAuthentication)
    /// The proof no longer holds: the code was used, the password changed or a factor added meanwhile.
    case refused
    /// The session has ended, or has another token by now, or its account is not active.
    case gone
}

/// The part of the store for the confirmation of sessions.
public protocol ConfirmationStore: Sendable {
    /// Notes that the holder of a session has proved who they are, and gives it another token. The old token's hash is
    /// remembered as long as the session lasts.
    ///
    /// - Parameters:
    ///   - attempt: the reservation made for it, which is given back.
    ///   - event: the entry for the audit log.
    /// - Returns: the outcome; what is not `.confirmed` has changed nothing.
    func confirm(
        _ session: ConfirmedSession, proof: ConfirmationProof, attempt: ThrottleReservation, at now: Timestamp,
        event: AuditEvent
    ) throws(StoreError) -> ConfirmationOutcome

    /// Tells whether a session that has not ended had this token before a confirmation gave it another one.
    func isRotated(_ tokenHash: TokenHash) throws(StoreError) -> Bool
}
