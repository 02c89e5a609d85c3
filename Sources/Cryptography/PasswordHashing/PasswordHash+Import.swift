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
        /// No library of this host offers the algorithm. The text says how to mend that.
        case unavailable(String)

        /// The reason in a sentence.
        public var description: String {
            switch self {
            case .unknown:
                "This is no hash that can be checked here: bcrypt ($2a$, $2b$, $2y$), SHA-crypt ($5$, $6$), yescrypt "
                    + "($y$, $gy$), MD5-crypt ($1$, $apr1$), scrypt ($scrypt$, $7$), $argon2id$, PBKDF2 "
                    + "($pbkdf2-sha256$, $pbkdf2-sha512$, $pbkdf2$), phpass ($P$, $H$), $wp$2y$ of WordPress, "
                    + "$bcrypt-sha256$ of passlib, $firebase-scrypt$, one of those of Django, or an LDAP password "
                    + "such as {SSHA}."
            case .malformed: "The hash is malformed or cut short."
            case .tooCostly(let limit): "Checking this hash costs too much: \(limit)."
            case .unavailable(let remedy): "This host cannot check the hash: \(remedy)."
            }
        }
    }

    /// The most memory that the check of an imported hash may take, in bytes.
    static let importMemoryLimit = 256 << 20
    /// The most bytes that scrypt may pass through in all, p times its memory: seconds of work.
    static let importScryptLimit = 1 << 30
    /// The most bytes that Argon2id may pass through in all, t times its memory: seconds of work.
    static let importArgon2idLimit = 4 << 30

    /// Reads a hash that another program made:
    ///
    /// - of crypt(5): bcrypt, SHA-crypt, yescrypt, MD5-crypt, and Apache's `$apr1$`;
    /// - as PHC strings with their parameters in any order: scrypt, Argon2id, and PBKDF2 with HMAC-SHA-1, -256 or -512;
    /// - of libraries: libsodium's `$7$`, passlib's `$pbkdf2…$` and `$bcrypt-sha256$`, phpass's `$P$` and `$H$`;
    /// - of Django: `pbkdf2_sha256$`, `pbkdf2_sha1$`, `scrypt$`, `argon2$argon2id$`, `bcrypt$` and `bcrypt_sha256$$`;
    /// - of WordPress 6.8: `$wp$2y$`;
    /// - of LDAP servers: `{SSHA}` and its kin, `{PBKDF2-SHA256}` and its kin, `{CRYPT}` and `{ARGON2}` before a hash
    ///   of another row;
    /// - of Firebase, as `FirebaseScrypt` stores it;
    /// - and whatever this type stores itself.
    ///
    /// - Throws: a `Fault`. A hash that needs a key is read without it.
    public init(importing text: String) throws(Fault) {
        guard text.utf8.count <= Self.maximumLength else { throw .malformed }
        self = try text.utf8.first == UInt8(ascii: "{") ? Self.ldap(text) : Self.named(text)
        switch form {
        case .derived(let scheme, _, _): if !scheme.isAvailable { throw .unavailable(Argon2id.remedy) }
        case .foreign(is FirebaseScrypt): break
        case .foreign(let hash): if let remedy = hash.remedy(.none) { throw .unavailable(remedy) }
        }
    }

    static func named(_ text: String) throws(Fault) -> PasswordHash {
        let fields = text.split(separator: "$", omittingEmptySubsequences: false)
        switch fields[0] {
        case "" where fields.count > 1: return try modular(text, fields[1], fields[2...])
        case "argon2" where fields.count > 1, "bcrypt" where fields.count > 2 && fields[1].isEmpty:
            // Django puts its own name and a dollar sign before the hash of the library that it uses.
            let rest = text.dropFirst(fields[0].count)
            return try named(String(fields[0] == "bcrypt" ? rest.dropFirst() : rest))
        case "bcrypt_sha256" where fields.count > 2 && fields[1].isEmpty:
            return PasswordHash(try foreign(PrehashedBcrypt.stored(.django, fields[2...])))
        case "pbkdf2_sha1", "pbkdf2_sha256", "pbkdf2_sha512", "scrypt": return try django(fields)
        default: throw .unknown
        }
    }

    private static func modular(
        _ text: String, _ name: Substring, _ fields: ArraySlice<Substring>
    ) throws(Fault) -> PasswordHash {
        switch name {
        case "scrypt", "argon2id", "pbkdf2", "pbkdf2-sha1", "pbkdf2-sha256", "pbkdf2-sha512":
            guard fields.count >= 3 else { throw .malformed }
            return try phc(
                name == "pbkdf2" ? "pbkdf2-sha1" : name, parameters: fields.dropLast(2),
                salt: bytes(fields[fields.endIndex - 2]), output: bytes(fields[fields.endIndex - 1]))
        case "7": return try sodiumScrypt(Array(fields))
        default: return PasswordHash(try foreign(foreignText(text, name, fields)))
        }
    }

    /// The text in which a foreign hash is stored.
    private static func foreignText(
        _ text: String, _ name: Substring, _ fields: ArraySlice<Substring>
    ) throws(Fault) -> String {
        switch name {
        case "P", "H":
            guard fields.count == 1, let digits = fields.first else { throw .malformed }
            return try PhpassHash.stored(digits)
        case "apr1": return MD5Crypt.stored(.apache, fields)
        case "1": return MD5Crypt.stored(.unix, fields)
        // Another algorithm behind WordPress's prefix, of a site that chose it.
        case "wp" where fields.first?.hasPrefix("2") == true: return try PrehashedBcrypt.stored(.wordPress, fields)
        case "bcrypt-sha256" where fields.first?.contains("=") == false:
            return try PrehashedBcrypt.stored(passlib: fields)
        case "firebase-scrypt" where fields.count == 3:
            // Firebase writes padding; some of its exports have the alphabet of URLs.
            let plain = fields.map { field in
                String(field.map { $0 == "-" ? "+" : $0 == "_" ? "/" : $0 })
            }
            return "$\(name)$" + plain.map(unpadded).joined(separator: "$")
        default: return text
        }
    }

    /// A text without the padding of Base64.
    private static func unpadded(_ text: String) -> String {
        var text = text
        while text.hasSuffix("=") { text.removeLast() }
        return text
    }

    /// Base64 with or without padding, and with passlib's `.` for `+`.
    static func bytes(_ text: Substring) -> [UInt8]? {
        Base64.decode(unpadded(String(text.map { $0 == "." ? "+" : $0 })))
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
        case (_, ["i"]), (_, ["i", "l"]):
            guard let digest = PBKDF2.digest(named: algorithm), values["l"] == nil || values["l"] == output.count else {
                throw .malformed
            }
            return try pbkdf2(digest, iterations: values["i"], salt, output)
        default: throw .malformed
        }
    }
}
