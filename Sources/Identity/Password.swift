import Cryptography
import System

/// A password that somebody typed: UTF-8 in Normalization Form C, never cut, trimmed or folded, and cleansed when it
/// goes away (NIST SP 800-63B-4, section 3.1.1.2).
public struct Password: Sendable {
    /// The bytes that are hashed.
    let secret: Secret
    /// The number of Unicode code points.
    public let length: Int
    /// Whether U+0000 is one of them.
    let holdsNull: Bool
    /// Whether it has no more combining marks in a row than a password may have.
    let isStreamSafe: Bool

    /// The most bytes that a password of the greatest length can be typed as.
    private static let maximumBytes = PasswordPolicy.maximumLength * String.maximumBytesPerCodePoint

    /// Takes over the UTF-8 bytes of a password.
    ///
    /// One that can't be accepted, by its length or its combining marks, stays as it is: normalization would cost more
    /// than all that follows, and anybody may send one.
    ///
    /// - Parameter utf8: valid UTF-8, of which the caller holds no other copy.
    public init(utf8: consuming [UInt8]) {
        var bytes = utf8
        var isStreamSafe = true
        if bytes.count <= Self.maximumBytes, !bytes.allSatisfy({ $0 < 0x80 }) {
            var text = String(decoding: bytes, as: UTF8.self)
            isStreamSafe = text.isStreamSafe
            if isStreamSafe {
                let normalized = text.utf8InNormalFormC
                WipedBytes.wipe(&bytes)
                bytes = normalized
            }
            text.cleanse()
        }
        self.isStreamSafe = isStreamSafe
        length = bytes.count { $0 & 0xC0 != 0x80 }
        holdsNull = bytes.contains(0)
        secret = Secret(bytes)
    }

    /// Whether it is the same as another, in a time that depends on the lengths alone.
    func isEqual(to other: Password) -> Bool {
        secret.withSpan { own in
            other.secret.withSpan { other in
                guard own.count == other.count else { return false }
                return own.indices.reduce(UInt8(0)) { $0 | (own[$1] ^ other[$1]) } == 0
            }
        }
    }
}

extension String {
    /// Overwrites the text's storage with zeros, so that it does not stay behind in freed memory.
    ///
    /// Only for a text that its one owner has just made from bytes: such a text is native UTF-8 and its storage is not
    /// shared, so nobody else can see it change.
    fileprivate mutating func cleanse() {
        withUTF8 { unsafe WipedBytes.wipe(UnsafeMutableRawBufferPointer(UnsafeMutableBufferPointer(mutating: $0))) }
        self = ""
    }
}

extension PasswordHasher {
    /// Hashes a new password.
    func hash(_ password: Password) throws(Failure) -> String { try hash(password.secret) }

    /// Checks a password against a stored hash.
    func verify(_ password: Password, against stored: String?) throws(Failure) -> Verification {
        try verify(password.secret, against: stored)
    }
}
