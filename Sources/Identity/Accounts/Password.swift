import Cryptography
import System

/// A password: UTF-8 in Normalization Form C, never truncated, trimmed or folded (NIST SP 800-63B-4, section 3.1.1.2).
/// Its bytes are wiped when it is released.
///
///     let password = Password(utf8: Array("correct horse battery".utf8))
public struct Password: Sendable {
    /// The bytes to hash.
    let secret: Secret
    /// The number of Unicode code points.
    public let length: Int
    /// True if U+0000 is one of the code points.
    let holdsNull: Bool
    /// True if the number of combining marks in a row is within the limit.
    let isStreamSafe: Bool

    /// The maximum number of bytes of a password of the maximum length, before normalization.
    private static let maximumBytes = PasswordPolicy.maximumLength * String.maximumBytesPerCodePoint

    /// Creates a password from its UTF-8 bytes.
    ///
    /// A password that can't be accepted for its length or its combining marks is not normalized: anybody may send one,
    /// and normalization would cost more than all the rest.
    ///
    /// - Parameter utf8: valid UTF-8, of which the caller keeps no copy.
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

    /// True if two passwords are equal, compared in a time that depends on their lengths only.
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
    /// Overwrites the text's storage with zeros, so that it does not remain in freed memory.
    ///
    /// Only for a text that its only owner has just created from bytes: it is native UTF-8 and its storage is not
    /// shared, so the change is visible to no one else.
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
