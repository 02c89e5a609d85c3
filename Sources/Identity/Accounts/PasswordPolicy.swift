public import Cryptography
import System

/// The rules for a new password: a range of lengths, a list of common passwords, the names of product and company, and
/// the passwords that leaks have made public; without rules on kinds of characters (NIST SP 800-63B-4, section 3.1.1;
/// OWASP ASVS 5.0, 6.2).
///
///     let faults = try PasswordPolicy(minimumLength: 15).faults(in: password, email: email)
public struct PasswordPolicy: Sendable {
    /// The values that `minimumLength` may have, in code points.
    public static let minimumLengthRange = 8...64
    /// The maximum length in code points.
    public static let maximumLength = 1024

    /// The minimum length in code points.
    public let minimumLength: Int

    /// The names that a password must not mostly consist of.
    public let words: PasswordWords
    /// The passwords that leaks have made public; `nil` to accept them.
    public let breached: BreachedPasswords?

    /// Creates a policy.
    ///
    /// - Parameters:
    ///   - minimumLength: 8 to 64; 15 is recommended if the password is the only factor.
    ///   - words: the names of product and company.
    ///   - breached: the passwords that leaks have made public.
    public init(minimumLength: Int = 8, words: PasswordWords = .none, breached: BreachedPasswords? = nil) {
        self.minimumLength = minimumLength
        self.words = words
        self.breached = breached
    }

    /// The faults of a password.
    ///
    /// - Parameters:
    ///   - email: the address of the account, if it is valid.
    ///   - field: the member that contains the password.
    /// - Throws: `.breachedPasswords` if the list can't be read: while nothing tells whether a password is on it, none
    ///   is accepted.
    public func faults(
        in password: Password, email: EmailAddress?, _ field: String = "password"
    ) throws(AuthenticationError) -> [InputFault] {
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
        } else if password.length <= Self.maximumLength && password.isMostly(words) {
            note(.tooCommon, "The password is little more than a name that everybody knows here.")
        }
        // Asked last, since it reads the disk.
        if faults.isEmpty, try isBreached(password) {
            note(.breached, "The password has become public in a leak of some other service.")
        }
        return faults
    }

    private func isBreached(_ password: Password) throws(AuthenticationError) -> Bool {
        do throws(BreachedPasswords.Fault) {
            return try breached?.contains(password.secret) ?? false
        } catch {
            throw .breachedPasswords(error)
        }
    }
}

extension Password {
    fileprivate func isMostly(_ words: PasswordWords) -> Bool {
        secret.withSpan { words.makeUpMost(of: $0) }
    }

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
