import Cryptography
import System

/// The rules for a new password: a range of lengths and a list of common passwords, without rules on kinds of
/// characters (NIST SP 800-63B-4, section 3.1.1; OWASP ASVS 5.0, 6.2).
///
///     let faults = PasswordPolicy(minimumLength: 15).faults(in: password, email: email)
public struct PasswordPolicy: Sendable, Equatable {
    /// The values that `minimumLength` may have, in code points.
    public static let minimumLengthRange = 8...64
    /// The maximum length in code points.
    public static let maximumLength = 1024

    /// The minimum length in code points.
    public let minimumLength: Int

    /// Creates a policy.
    ///
    /// - Parameter minimumLength: 8 to 64; 15 is recommended if the password is the only factor.
    public init(minimumLength: Int = 8) {
        self.minimumLength = minimumLength
    }

    /// The faults of a password.
    ///
    /// - Parameters:
    ///   - email: the address of the account, if it is valid.
    ///   - field: the member that contains the password.
    public func faults(
        in password: Password, email: EmailAddress?, _ field: String = "password"
    ) -> [InputFault] {
        var faults: [InputFault] = []
        func note(_ code: InputFault.Code, _ detail: String) {
            faults.append(InputFault(field, code, detail))
        }
        if password.length < minimumLength {
            note(.tooShort, "The password must have at least \(minimumLength) characters.")
        }
        if password.length > Self.maximumLength {
            note(.tooLong, "The password may have at most \(Self.maximumLength) characters.")
        }
        // HMAC, and therefore scrypt, can't distinguish a text from the same text followed by zeros.
        if password.holdsNull {
            note(.invalidCharacter, "The password must not hold the character U+0000.")
        }
        if !password.isStreamSafe {
            note(.invalidCharacter, "The password may have at most \(String.maximumMarkRun) combining marks in a row.")
        }
        if let email, password.equalsIgnoringASCIICase(Array(email.address.utf8)) {
            note(.equalsEmail, "The password must not be the email address.")
        }
        if password.isCommon {
            note(.tooCommon, "The password is one of the most common ones.")
        }
        return faults
    }
}

extension Password {
    fileprivate func equalsIgnoringASCIICase(_ text: [UInt8]) -> Bool {
        secret.withSpan { secret in
            secret.count == text.count
                && secret.indices.allSatisfy { Self.lowercased(secret[$0]) == Self.lowercased(text[$0]) }
        }
    }

    fileprivate var isCommon: Bool {
        var folded: [UInt8] = []
        folded.reserveCapacity(secret.count)
        secret.withSpan { secret in
            for index in secret.indices { folded.append(Self.lowercased(secret[index])) }
        }
        defer { WipedBytes.wipe(&folded) }
        return CommonPasswords.contains(folded)
    }

    private static func lowercased(_ byte: UInt8) -> UInt8 {
        (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(byte) ? byte + 0x20 : byte
    }
}
