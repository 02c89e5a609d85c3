/// The reason for which a credential is not accepted.
///
/// It is for the operator's log alone. The caller gets the same answer for each of them, since the difference between
/// an unknown and an expired token tells a thief which one was genuine.
public enum CredentialRefusal: String, Error, Sendable, CaseIterable {
    /// It does not have the form of a token: it is mistyped, cut off, or another program's.
    case malformed
    /// There is no such credential: it was revoked, its session has ended and was removed, or it is another
    /// installation's.
    case unknown
    /// It has expired.
    case expired
    /// Nobody used the session for too long.
    case idle
    /// The session was made in the future, by a clock that was wrong.
    case future
    /// Its account, or the account's user in the organization of the API token, is not active.
    case inactive
}
