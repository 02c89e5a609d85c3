/// A portable hash of phpass, the PHP library of WordPress before 6.8 (`$P$`) and of phpBB (`$H$`): MD5, again and
/// again (https://www.openwall.com/phpass/).
///
/// It is stored as `$phpass$ln=13$<salt>$<hash>`.
struct PhpassHash: ForeignHash {
    static let name = "phpass"
    /// The binary logarithms of the rounds: phpass makes no fewer than 2^7, and 2^20 with the longest password take a
    /// second.
    static let logCosts = 7...20
    /// The longest password that matches, in bytes: each round reads all of it.
    static let maximumLength = CryptData.maximumLength

    private let logCost: Int
    private let salt: [UInt8]
    private let output: [UInt8]
    let text: String

    /// Reads the stored fields.
    init(_ fields: [Substring]) throws(PasswordHash.Fault) {
        guard fields.count == 3, let logCost = ParameterList.values(of: ["ln"], in: fields[0])?.first,
            fields[1].utf8.count == 8, fields[2].utf8.count == 22, let output = CryptBase64.decode(fields[2])
        else { throw .malformed }
        guard Self.logCosts.contains(logCost) else {
            guard logCost > Self.logCosts.upperBound else { throw .malformed }
            throw .tooCostly("phpass may have at most 2^\(Self.logCosts.upperBound) rounds")
        }
        self.logCost = logCost
        self.output = output
        salt = Array(fields[1].utf8)
        text = "$\(Self.name)$\(fields.joined(separator: "$"))"
    }

    /// Rewrites a text behind `$P$` or `$H$`, a digit for the rounds, the salt and the hash, as it is stored.
    static func stored(_ digits: Substring) throws(PasswordHash.Fault) -> String {
        guard digits.utf8.count == 31, let logCost = digits.utf8.first.flatMap(CryptBase64.value), logCost > 0 else {
            throw .malformed
        }
        return "$\(name)$ln=\(logCost)$\(digits.dropFirst().prefix(8))$\(digits.suffix(22))"
    }

    var parameters: String { "$\(Self.name)$ln=\(logCost)" }

    /// A round takes 250 ns, and 1.1 µs with the longest password.
    var nominalCost: Duration { .nanoseconds(1100 << logCost) }

    func remedy(_ keys: PasswordKeys) -> String? { DigestAlgorithm.md5.isAvailable ? nil : DigestAlgorithm.md5.remedy }

    func matches(_ password: Secret, _ keys: PasswordKeys) throws(CryptographyError) -> Bool {
        guard password.count <= Self.maximumLength else { return false }
        let md5 = try MessageDigest(.md5)
        var digest = try md5.of {
            $0.add(salt)
            $0.add(password)
        }
        for _ in 0..<(1 << logCost) {
            digest = try md5.of {
                $0.add(digest)
                $0.add(password)
            }
        }
        return constantTimeEqual(digest, output)
    }
}
