import CCrypt

/// A password hash of crypt(5) that another program made, such as `$2b$12$…`, checked by the system's libcrypt.
///
/// Its cost is bounded: a hash that was imported once must not hold a processor for minutes at each login.
struct CryptHash: ForeignHash {
    /// A supported method, by the name between the first two dollar signs.
    enum Method: String, CaseIterable, Sendable {
        case bcryptA = "2a"
        case bcryptB = "2b"
        case bcryptY = "2y"
        case sha256 = "5"
        case sha512 = "6"
        case yescrypt = "y"
        case gostYescrypt = "gy"

        /// Tells whether the linked libcrypt offers it.
        var isAvailable: Bool {
            let status = unsafe crypt_checksalt(example)
            return status != CRYPT_SALT_INVALID && status != CRYPT_SALT_METHOD_DISABLED
        }

        var isBcrypt: Bool {
            switch self {
            case .bcryptA, .bcryptB, .bcryptY: true
            default: false
            }
        }

        private var example: String {
            switch self {
            case .bcryptA, .bcryptB, .bcryptY: "$\(rawValue)$05$......................"
            case .sha256, .sha512: "$\(rawValue)$........"
            case .yescrypt, .gostYescrypt: "$\(rawValue)$j75$........"
            }
        }
    }

    /// The binary logarithms of bcrypt's rounds.
    static let bcryptCosts = 4...15
    /// The rounds of SHA-crypt.
    static let shaRounds = 1000...1_000_000
    /// The binary logarithms of yescrypt's N that one digit can express, from libcrypt's least cost on.
    static let yescryptCosts = 10...48

    /// The method that made it.
    let method: Method
    /// The text as it is stored.
    let text: String
    /// The length of the digits at the end that depend on the password.
    private let outputLength: Int

    /// Reads the text of a hash.
    ///
    /// - Throws: `.unknown`, `.malformed`, `.tooCostly`.
    init(_ text: String) throws(PasswordHash.Fault) {
        let fields = text.split(separator: "$", omittingEmptySubsequences: false)
        guard fields.count >= 4, fields[0].isEmpty, let method = Method(rawValue: String(fields[1])) else {
            throw .unknown
        }
        self.method = method
        self.text = text
        switch method {
        case .bcryptA, .bcryptB, .bcryptY:
            outputLength = 31
            try Self.checkBcrypt(fields[2...])
        case .sha256:
            outputLength = 43
            try Self.checkSHACrypt(fields[2...], outputLength)
        case .sha512:
            outputLength = 86
            try Self.checkSHACrypt(fields[2...], outputLength)
        case .yescrypt, .gostYescrypt:
            outputLength = 43
            try Self.checkYescrypt(fields[2...], outputLength)
        }
    }

    func remedy(_ keys: PasswordKeys) -> String? {
        method.isAvailable ? nil : "link a libxcrypt that has $\(method.rawValue)$"
    }

    /// Tells whether `password` is the one that was hashed, compared in constant time.
    ///
    /// bcrypt reads the first 72 bytes only, as it did where the hash was made (see `readsAll`). With the other methods
    /// no password of more than 511 bytes matches. Bytes behind a zero are not read.
    ///
    /// - Throws: `CryptographyError.failed`.
    func matches(_ password: Secret, _ keys: PasswordKeys) throws(CryptographyError) -> Bool {
        let output = try CryptData().hash(password, setting: text)
        // The salt is left out, since libcrypt may write its last digit otherwise than the other program did.
        let isEqual =
            output.count == text.utf8.count
            && constantTimeEqual(output.suffix(outputLength), text.utf8.suffix(outputLength))
        return isEqual && (method.isBcrypt || password.count <= CryptData.maximumLength)
    }

    private static func checkBcrypt(_ fields: ArraySlice<Substring>) throws(PasswordHash.Fault) {
        guard fields.count == 2, let cost = fields.first, let digits = fields.last, cost.utf8.count == 2,
            cost.utf8.allSatisfy((UInt8(ascii: "0")...UInt8(ascii: "9")).contains), let cost = Int(cost),
            (4...31).contains(cost), digits.utf8.count == 53, CryptBase64.isValid(digits)
        else { throw .malformed }
        guard bcryptCosts.contains(cost) else {
            throw .tooCostly("bcrypt's cost may be at most \(bcryptCosts.upperBound)")
        }
    }

    private static func checkSHACrypt(
        _ fields: ArraySlice<Substring>, _ outputLength: Int
    ) throws(PasswordHash.Fault) {
        var fields = fields
        if let first = fields.first, first.hasPrefix("rounds=") {
            let digits = first.dropFirst("rounds=".count)
            guard let rounds = Int(digits), String(rounds) == digits, rounds >= shaRounds.lowerBound else {
                throw .malformed
            }
            guard shaRounds.contains(rounds) else {
                throw .tooCostly("rounds may be at most \(shaRounds.upperBound)")
            }
            fields = fields.dropFirst()
        }
        guard fields.count == 2, let salt = fields.first, let output = fields.last, salt.utf8.count <= 16,
            salt.utf8.allSatisfy(isSaltCharacter), output.utf8.count == outputLength, CryptBase64.isValid(output)
        else { throw .malformed }
    }

    /// Tells whether libcrypt accepts a character in a salt.
    private static func isSaltCharacter(_ byte: UInt8) -> Bool {
        (0x21...0x7E).contains(byte) && !"!*:;\\".utf8.contains(byte)
    }

    /// Accepts the parameters that libcrypt itself writes: the flavour `j`, the binary logarithm of N, and r.
    private static func checkYescrypt(
        _ fields: ArraySlice<Substring>, _ outputLength: Int
    ) throws(PasswordHash.Fault) {
        guard fields.count == 3, let parameters = fields.first, let output = fields.last,
            output.utf8.count == outputLength, CryptBase64.isValid(output),
            let salt = CryptBase64.decode(fields[fields.startIndex + 1]), salt.count <= 64
        else { throw .malformed }
        let digits = Array(parameters.utf8)
        // A digit of 48 or more would be the first of several.
        guard digits.count == 3, digits[0] == UInt8(ascii: "j"), let logCost = CryptBase64.value(digits[1]),
            let blockSize = CryptBase64.value(digits[2]), yescryptCosts.contains(logCost + 1), blockSize < 48
        else { throw .malformed }
        guard 128 * (blockSize + 1) << (logCost + 1) <= PasswordHash.importMemoryLimit else {
            throw .tooCostly("yescrypt may need at most \(PasswordHash.importMemoryLimit >> 20) MiB")
        }
    }
}
