/// Password hashes as other programs write them.
extension PasswordHash {
    /// The reason why a hash of another program cannot be imported.
    public enum Fault: Error, Equatable, CustomStringConvertible {
        /// The algorithm is not supported.
        case unknown
        /// The algorithm is supported, but the text is malformed.
        case malformed
        /// Each check would take too long or too much memory. The text names the limit.
        case tooCostly(String)
        /// The linked library does not offer the algorithm. The text names the library to link.
        case unavailable(String)

        /// The reason in a sentence.
        public var description: String {
            switch self {
            case .unknown:
                "This is no hash that can be checked here: bcrypt ($2a$, $2b$, $2y$), SHA-crypt ($5$, $6$), yescrypt "
                    + "($y$, $gy$), scrypt ($scrypt$, $7$), $argon2id$, $pbkdf2-sha256$, or one of those of Django."
            case .malformed: "The hash is malformed or cut short."
            case .tooCostly(let limit): "Checking this hash costs too much: \(limit)."
            case .unavailable(let library): "The linked library cannot check this hash: link \(library)."
            }
        }
    }

    /// The most memory that the check of an imported hash may take, in bytes.
    static let importMemoryLimit = 256 << 20
    /// The most bytes that scrypt may pass through in all, p times its memory: seconds of work.
    static let importScryptLimit = 1 << 30
    /// The most bytes that Argon2id may pass through in all, t times its memory: seconds of work.
    static let importArgon2idLimit = 4 << 30

    /// Reads a hash that another program made: bcrypt, SHA-crypt and yescrypt of crypt(5); scrypt, Argon2id and PBKDF2
    /// with HMAC-SHA-256 as PHC strings with their parameters in any order; passlib's `$pbkdf2-sha256$`, libsodium's
    /// `$7$`, and Django's `pbkdf2_sha256$`, `scrypt$`, `argon2$argon2id$` and `bcrypt$`.
    ///
    /// - Throws: a `Fault`.
    public init(importing text: String) throws(Fault) {
        guard text.utf8.count <= Self.maximumLength else { throw .malformed }
        let fields = text.split(separator: "$", omittingEmptySubsequences: false)
        switch fields[0] {
        case "" where fields.count > 1: self = try Self.modular(text, fields[1], fields[2...])
        case "argon2" where fields.count > 1, "bcrypt" where fields.count > 2 && fields[1].isEmpty:
            // Django puts its own name and a dollar sign before the hash of the library that it uses.
            let rest = text.dropFirst(fields[0].count)
            try self.init(importing: String(fields[0] == "bcrypt" ? rest.dropFirst() : rest))
        case "pbkdf2_sha256", "scrypt": self = try Self.django(fields)
        default: throw .unknown
        }
        guard isAvailable else {
            throw .unavailable(scheme == nil ? "a libxcrypt that has it" : "OpenSSL 3.2 or newer")
        }
    }

    private static func modular(
        _ text: String, _ name: Substring, _ fields: ArraySlice<Substring>
    ) throws(Fault) -> PasswordHash {
        switch name {
        case "scrypt", "argon2id", "pbkdf2-sha256":
            guard fields.count >= 3 else { throw .malformed }
            return try phc(
                name, parameters: fields.dropLast(2), salt: bytes(fields[fields.endIndex - 2]),
                output: bytes(fields[fields.endIndex - 1]))
        case "7": return try sodiumScrypt(Array(fields))
        default: return PasswordHash(try CryptHash(text))
        }
    }

    /// Base64 with or without padding, and with passlib's `.` for `+`.
    private static func bytes(_ text: Substring) -> [UInt8]? {
        var digits = String(text.map { $0 == "." ? "+" : $0 })
        while digits.hasSuffix("=") { digits.removeLast() }
        return Base64.decode(digits)
    }

    /// Makes a hash of the parts of a PHC string, with the parameters in any order.
    private static func phc(
        _ algorithm: Substring, parameters fields: ArraySlice<Substring>, salt: [UInt8]?, output: [UInt8]?
    ) throws(Fault) -> PasswordHash {
        var values: [Substring: Int] = [:]
        for pair in fields.joined(separator: ",").split(separator: ",", omittingEmptySubsequences: false) {
            // passlib's PBKDF2 writes the number alone.
            let name = pair.contains("=") ? pair.prefix { $0 != "=" } : "i"
            let digits = pair.contains("=") ? pair.dropFirst(name.count + 1) : pair
            guard let value = Int(digits), value > 0, String(value) == digits,
                values.updateValue(value, forKey: name) == nil
            else { throw .malformed }
        }
        guard let salt, let output else { throw .malformed }
        return try hash(algorithm, values, salt, output)
    }

    private static func hash(
        _ algorithm: Substring, _ values: [Substring: Int], _ salt: [UInt8], _ output: [UInt8]
    ) throws(Fault) -> PasswordHash {
        switch (algorithm, Set(values.keys)) {
        case ("scrypt", ["ln", "r", "p"]):
            return try scrypt(logCost: values["ln"], blockSize: values["r"], parallelization: values["p"], salt, output)
        case ("argon2id", ["v", "m", "t", "p"]) where values["v"] == 19:
            guard let memory = values["m"], let passes = values["t"], let lanes = values["p"] else { throw .malformed }
            return try argon2id(memory, passes, lanes, salt, output)
        case ("pbkdf2-sha256", ["i"]), ("pbkdf2-sha256", ["i", "l"]):
            guard values["l"] == nil || values["l"] == output.count else { throw .malformed }
            return try pbkdf2(iterations: values["i"], salt, output)
        default: throw .malformed
        }
    }
}

/// The schemes of new hashes, within the bounds for imported ones.
extension PasswordHash {
    private static func made(
        by scheme: PasswordScheme, _ salt: [UInt8], _ output: [UInt8]
    ) throws(Fault) -> PasswordHash {
        guard let hash = PasswordHash(scheme: scheme, salt: salt, output: output) else { throw .malformed }
        return hash
    }

    private static func scrypt(
        logCost: Int?, blockSize: Int?, parallelization: Int?, _ salt: [UInt8], _ output: [UInt8]
    ) throws(Fault) -> PasswordHash {
        guard let logCost, let blockSize, let parallelization, logCost > 0, blockSize > 0, parallelization > 0 else {
            throw .malformed
        }
        guard let scrypt = Scrypt(logCost: logCost, blockSize: blockSize, parallelization: parallelization),
            (128 * blockSize) << logCost <= importMemoryLimit,
            (128 * blockSize * parallelization) << logCost <= importScryptLimit
        else {
            throw .tooCostly("scrypt may need at most \(importMemoryLimit >> 20) MiB, with p times that at most 1 GiB")
        }
        return try made(by: .scrypt(scrypt), salt, output)
    }

    private static func argon2id(
        _ memoryKiB: Int, _ passes: Int, _ lanes: Int, _ salt: [UInt8], _ output: [UInt8]
    ) throws(Fault) -> PasswordHash {
        guard memoryKiB / 8 >= lanes else { throw .malformed }
        guard let argon2id = Argon2id(memoryKiB: memoryKiB, passes: passes, lanes: lanes),
            argon2id.memory <= importMemoryLimit, argon2id.memory * passes <= importArgon2idLimit
        else {
            throw .tooCostly(
                "Argon2id may need at most \(importMemoryLimit >> 20) MiB, with t times that at most 4 GiB")
        }
        return try made(by: .argon2id(argon2id), salt, output)
    }

    private static func pbkdf2(
        iterations: Int?, _ salt: [UInt8], _ output: [UInt8]
    ) throws(Fault) -> PasswordHash {
        guard let iterations, iterations > 0 else { throw .malformed }
        guard let pbkdf2 = PBKDF2(iterations: iterations) else {
            throw .tooCostly("PBKDF2 may have at most \(PBKDF2.maximumIterations) iterations")
        }
        return try made(by: .pbkdf2(pbkdf2), salt, output)
    }
}

/// Other texts of the same schemes.
extension PasswordHash {
    /// Django's `pbkdf2_sha256$<iterations>$<salt>$<hash>` and `scrypt$<N>$<salt>$<r>$<p>$<hash>`; the salt is text.
    private static func django(_ fields: [Substring]) throws(Fault) -> PasswordHash {
        let isScrypt = fields[0] == "scrypt"
        guard fields.count == (isScrypt ? 6 : 4), let number = Int(fields[1]), number > 0,
            let output = bytes(fields[fields.count - 1])
        else { throw .malformed }
        let salt = Array(fields[2].utf8)
        guard isScrypt else { return try pbkdf2(iterations: number, salt, output) }
        guard number.nonzeroBitCount == 1 else { throw .malformed }
        return try scrypt(
            logCost: number.trailingZeroBitCount, blockSize: Int(fields[3]), parallelization: Int(fields[4]), salt,
            output)
    }

    /// scrypt of crypt(5), which libsodium also writes: `$7$`, a digit for the binary logarithm of N, five each for r
    /// and p, the salt as text, `$`, the hash.
    private static func sodiumScrypt(_ fields: [Substring]) throws(Fault) -> PasswordHash {
        guard fields.count == 2, fields[0].utf8.count > 11, fields[1].utf8.count == 43,
            let output = CryptBase64.decode(fields[1])
        else { throw .malformed }
        let parameters = fields[0].prefix(11)
        return try scrypt(
            logCost: CryptBase64.number(parameters.prefix(1)),
            blockSize: CryptBase64.number(parameters.dropFirst().prefix(5)),
            parallelization: CryptBase64.number(parameters.suffix(5)), Array(fields[0].dropFirst(11).utf8), output)
    }
}
