import System

/// A bcrypt hash of a digest of the password, in digits, so that bcrypt's limit of 72 bytes cuts nothing.
///
/// It is stored as passlib writes it, `$bcrypt-sha256$v=2,t=2b,r=12$<salt>$<hash>`, with another name for the others.
struct PrehashedBcrypt: ForeignHash {
    /// The digest and its digits.
    enum Prehash: Sendable {
        /// Base64 of SHA-256 (passlib before 1.7.3).
        case passlib1
        /// Base64 of HMAC-SHA-256 under the salt (passlib).
        case passlib2
        /// Lowercase hexadecimal digits of SHA-256 (Django).
        case django
        /// Base64 of HMAC-SHA-384 under `wp-sha384` (WordPress 6.8).
        case wordPress

        /// The name in the stored text.
        var name: String {
            switch self {
            case .passlib1, .passlib2: "bcrypt-sha256"
            case .django: "bcrypt-sha256-hex"
            case .wordPress: "bcrypt-sha384-wp"
            }
        }

        /// The first of the parameters.
        var version: String {
            switch self {
            case .passlib1: "v=1,"
            case .passlib2: "v=2,"
            case .django, .wordPress: ""
            }
        }
    }

    private let prehash: Prehash
    private let salt: [UInt8]
    private let bcrypt: CryptHash
    let parameters: String
    let text: String

    /// Reads the stored fields; `nil` if the name is another's.
    init?(name: Substring, _ fields: [Substring]) throws(PasswordHash.Fault) {
        let known = [Prehash.passlib1, .passlib2, .django, .wordPress].filter { $0.name == name }
        guard !known.isEmpty else { return nil }
        guard fields.count == 3, let prehash = known.first(where: { fields[0].hasPrefix("\($0.version)t=") }) else {
            throw .malformed
        }
        let parts = fields[0].dropFirst(prehash.version.utf8.count).split(
            separator: ",", omittingEmptySubsequences: false)
        guard parts.count == 2, let cost = ParameterList.values(of: ["r"], in: parts[1])?.first, cost < 100,
            fields[1].utf8.count == 22, fields[2].utf8.count == 31
        else { throw .malformed }
        let digits = cost < 10 ? "0\(cost)" : "\(cost)"
        bcrypt = try CryptHash("$\(parts[0].dropFirst(2))$\(digits)$\(fields[1])\(fields[2])")
        guard bcrypt.method.isBcrypt else { throw .malformed }
        self.prehash = prehash
        salt = Array(fields[1].utf8)
        parameters = "$\(name)$\(fields[0])"
        text = "\(parameters)$\(fields[1])$\(fields[2])"
    }

    /// Rewrites a hash of bcrypt, without the dollar sign before it, as it is stored.
    static func stored(_ prehash: Prehash, _ fields: ArraySlice<Substring>) throws(PasswordHash.Fault) -> String {
        let fields = Array(fields)
        guard fields.count == 3, fields[1].utf8.count == 2, fields[1].utf8.allSatisfy({ (0x30...0x39).contains($0) }),
            let cost = Int(fields[1]), fields[2].utf8.count == 53
        else { throw .malformed }
        return "$\(prehash.name)$\(prehash.version)t=\(fields[0]),r=\(cost)$\(fields[2].prefix(22))$"
            + fields[2].dropFirst(22)
    }

    /// Rewrites passlib's older form, `2a,12` and then the salt and the hash, as it is stored.
    static func stored(passlib fields: ArraySlice<Substring>) throws(PasswordHash.Fault) -> String {
        let fields = Array(fields)
        let parameters = fields.first?.split(separator: ",", omittingEmptySubsequences: false) ?? []
        guard fields.count == 3, parameters.count == 2 else { throw .malformed }
        let prehash = Prehash.passlib1
        return "$\(prehash.name)$\(prehash.version)t=\(parameters[0]),r=\(parameters[1])$\(fields[1])$\(fields[2])"
    }

    var nominalCost: Duration { bcrypt.nominalCost }

    func remedy(_ keys: PasswordKeys) -> String? { bcrypt.remedy(keys) }

    func matches(_ password: Secret, _ keys: PasswordKeys) throws(CryptographyError) -> Bool {
        var digest: [UInt8]
        switch prehash {
        case .passlib1, .django: digest = try MessageDigest(.sha256).of { $0.add(password) }
        case .passlib2: digest = try HMACDigest.of(password, key: salt, .sha256)
        case .wordPress: digest = try HMACDigest.of(password, key: Array("wp-sha384".utf8), .sha384)
        }
        defer { WipedBytes.wipe(&digest) }
        if case .django = prehash {
            return try bcrypt.matches(Secret(digest.flatMap { [Hex.digit($0 >> 4), Hex.digit($0 & 15)] }), keys)
        }
        return try bcrypt.matches(Secret(Base64.digits(digest, isPadded: true)), keys)
    }
}
