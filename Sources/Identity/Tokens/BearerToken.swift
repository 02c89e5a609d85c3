public import Cryptography
import System

/// An opaque bearer token (RFC 6750): a prefix, 32 random bytes in base62, and a CRC-32 over both in base62.
///
///     let token = try BearerToken(.api, random: OpenSSLRandomSource())
///     BearerToken(token.text)?.hash == token.hash   // true
///
/// The checksum detects a mistyped or foreign token without reading the store, and lets secret scanners find leaked
/// tokens. The store keeps only `hash`.
public struct BearerToken: Sendable {
    /// The kind of bearer.
    public enum Kind: String, CaseIterable, Sendable {
        /// A program.
        case api = "pst_"
        /// A person, from a login.
        case session = "pss_"
        /// A login that waits for its second factor. It is no credential.
        case login = "psl_"
        /// A browser that is trusted since an earlier login. It is no credential.
        case device = "psd_"
    }

    /// The kind of bearer.
    public let kind: Kind
    /// The token in clear, as it is sent.
    public let text: String

    private static let randomLength = 32
    private static let payloadDigits = 43
    private static let checksumDigits = 6
    private static let length = 4 + payloadDigits + checksumDigits

    /// Creates a new token.
    ///
    /// - Throws: `CryptographyError.noRandomness`.
    public init(_ kind: Kind, random: any RandomSource) throws(CryptographyError) {
        var payload = try random.bytes(Self.randomLength)
        let body = kind.rawValue + Base62.encode(&payload, digits: Self.payloadDigits)
        self.kind = kind
        text = body + Self.checksum(of: body.utf8)
    }

    /// Reads a token; `nil` if its form or checksum is wrong, so that it was never issued.
    public init?(_ text: String) {
        guard text.utf8.count == Self.length else { return nil }
        let bytes = Array(text.utf8)
        guard
            let kind = Kind.allCases.first(where: { bytes.starts(with: $0.rawValue.utf8) }),
            bytes[kind.rawValue.utf8.count...].allSatisfy({ Base62.value(of: $0) != nil }),
            Base62.value(of: bytes.suffix(Self.checksumDigits))
                == UInt64(CRC32.checksum(of: bytes.dropLast(Self.checksumDigits)))
        else { return nil }
        self.kind = kind
        self.text = text
    }

    /// The SHA-256 of the token.
    public var hash: TokenHash { TokenHash(bytes: SHA256.digest(of: text)) }

    private static func checksum(of bytes: some Sequence<UInt8>) -> String {
        let sum = CRC32.checksum(of: bytes)
        var bigEndian = (0..<4).map { UInt8(truncatingIfNeeded: sum >> (24 - 8 * $0)) }
        return Base62.encode(&bigEndian, digits: checksumDigits)
    }
}

/// The SHA-256 of a bearer token, the key by which the store finds it. It is not secret, since it does not reveal the
/// token.
public struct TokenHash: Hashable, Sendable, CustomStringConvertible {
    /// 32 bytes.
    public let bytes: [UInt8]

    /// Creates a hash from a digest.
    public init(bytes: [UInt8]) {
        self.bytes = bytes
    }

    /// Reads 64 lower-case hexadecimal digits; `nil` for any other text.
    public init?(_ text: String) {
        let digits = text.utf8.compactMap { digit -> UInt8? in
            switch digit {
            case UInt8(ascii: "0")...UInt8(ascii: "9"): digit - UInt8(ascii: "0")
            case UInt8(ascii: "a")...UInt8(ascii: "f"): digit - UInt8(ascii: "a") + 10
            default: nil
            }
        }
        guard text.utf8.count == 64, digits.count == 64 else { return nil }
        bytes = (0..<32).map { digits[2 * $0] << 4 | digits[2 * $0 + 1] }
    }

    /// 64 lower-case hexadecimal digits.
    public var description: String { Hex.encode(bytes) }
}
