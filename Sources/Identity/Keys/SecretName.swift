/// The names of the secrets that an installation has for itself: made once, of 32 random bytes, and sealed in the
/// store, so that a rotation of the keys changes none of them.
///
/// A name that was released is never changed: it is part of what is sealed.
public enum SecretName: String, Sendable, CaseIterable {
    /// The key of the digests by which attempts are counted.
    case throttle
    /// The key of the codes of recovery codes.
    case recoveryCodes = "recovery-codes"
}
