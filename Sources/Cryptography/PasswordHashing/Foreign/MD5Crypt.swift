/// A hash of the MD5-based crypt of FreeBSD (`$1$`), or of Apache's variant of it (`$apr1$`), which differs in one
/// constant: 1,000 rounds, whatever the password.
///
/// It is stored as `$apache-md5$i=1000$<salt>$<hash>` or `$md5-crypt$i=1000$<salt>$<hash>`.
struct MD5Crypt: ForeignHash {
    enum Kind: String, Sendable {
        case apache = "apache-md5"
        case unix = "md5-crypt"

        /// The text that is hashed along.
        var magic: [UInt8] { Array((self == .apache ? "$apr1$" : "$1$").utf8) }
    }

    /// The rounds, which no hash can choose.
    static let rounds = 1000
    /// The longest password that matches, in bytes: each round reads all of it.
    static let maximumLength = CryptData.maximumLength
    /// The bytes of the digest in the order in which their digits stand.
    private static let order = [12, 6, 0, 13, 7, 1, 14, 8, 2, 15, 9, 3, 5, 10, 4, 11]

    private let kind: Kind
    private let salt: [UInt8]
    private let output: [UInt8]
    let text: String

    /// Reads the stored fields.
    init(_ kind: Kind, _ fields: [Substring]) throws(PasswordHash.Fault) {
        guard fields.count == 3, ParameterList.values(of: ["i"], in: fields[0]) == [Self.rounds],
            (1...8).contains(fields[1].utf8.count),
            fields[1].utf8.allSatisfy({ (0x21...0x7E).contains($0) && $0 != UInt8(ascii: ":") }),
            fields[2].utf8.count == 22, let output = CryptBase64.decode(fields[2])
        else { throw .malformed }
        self.kind = kind
        self.output = output
        salt = Array(fields[1].utf8)
        text = "$\(kind.rawValue)$\(fields.joined(separator: "$"))"
    }

    /// Rewrites the salt and the hash behind `$apr1$` or `$1$` as they are stored.
    static func stored(_ kind: Kind, _ fields: ArraySlice<Substring>) -> String {
        "$\(kind.rawValue)$i=\(rounds)$\(fields.joined(separator: "$"))"
    }

    var parameters: String { "$\(kind.rawValue)$i=\(Self.rounds)" }

    /// A round takes 300 ns, and 2 µs with the longest password.
    var nominalCost: Duration { .microseconds(2 * Self.rounds) }

    func remedy(_ keys: PasswordKeys) -> String? { DigestAlgorithm.md5.isAvailable ? nil : DigestAlgorithm.md5.remedy }

    func matches(_ password: Secret, _ keys: PasswordKeys) throws(CryptographyError) -> Bool {
        guard password.count <= Self.maximumLength else { return false }
        let md5 = try MessageDigest(.md5)
        var digest = try firstDigest(password, md5)
        for round in 0..<Self.rounds {
            digest = try md5.of { parts in
                if round % 2 == 1 { parts.add(password) } else { parts.add(digest) }
                if round % 3 != 0 { parts.add(salt) }
                if round % 7 != 0 { parts.add(password) }
                if round % 2 == 1 { parts.add(digest) } else { parts.add(password) }
            }
        }
        return constantTimeEqual(Self.order.map { digest[$0] }, output)
    }

    /// The digest before the rounds. If a bit of the password's length is set, a zero is hashed along, else the
    /// password's first byte.
    private func firstDigest(_ password: Secret, _ md5: borrowing MessageDigest) throws(CryptographyError) -> [UInt8] {
        let inner = try md5.of {
            $0.add(password)
            $0.add(salt)
            $0.add(password)
        }
        return try md5.of { parts in
            parts.add(password)
            parts.add(kind.magic)
            parts.add(salt)
            for start in stride(from: 0, to: password.count, by: inner.count) {
                parts.add(inner, first: min(inner.count, password.count - start))
            }
            var length = password.count
            while length > 0 {
                if length % 2 == 1 { parts.add([0]) } else { parts.addFirst(of: password) }
                length /= 2
            }
        }
    }
}
