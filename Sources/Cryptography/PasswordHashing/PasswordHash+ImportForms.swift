/// The schemes of new hashes, within the bounds for imported ones.
extension PasswordHash {
    static func made(
        by scheme: PasswordScheme, _ salt: [UInt8], _ output: [UInt8]
    ) throws(Fault) -> PasswordHash {
        guard let hash = PasswordHash(scheme: scheme, salt: salt, output: output) else { throw .malformed }
        return hash
    }

    static func scrypt(
        logCost: Int?, blockSize: Int?, parallelization: Int?, _ salt: [UInt8], _ output: [UInt8]
    ) throws(Fault) -> PasswordHash {
        guard let logCost, let blockSize, let parallelization, logCost > 0, blockSize > 0, parallelization > 0 else {
            throw .malformed
        }
        let scrypt = try importable(logCost: logCost, blockSize: blockSize, parallelization: parallelization)
        return try made(by: .scrypt(scrypt), salt, output)
    }

    /// scrypt with these parameters, which are positive.
    ///
    /// - Throws: `.tooCostly`.
    static func importable(logCost: Int, blockSize: Int, parallelization: Int) throws(Fault) -> Scrypt {
        guard let scrypt = Scrypt(logCost: logCost, blockSize: blockSize, parallelization: parallelization),
            (128 * blockSize) << logCost <= importMemoryLimit,
            (128 * blockSize * parallelization) << logCost <= importScryptLimit
        else {
            throw .tooCostly("scrypt may need at most \(importMemoryLimit >> 20) MiB, with p times that at most 1 GiB")
        }
        return scrypt
    }

    static func argon2id(
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

    static func pbkdf2(
        _ digest: PBKDF2.Digest, iterations: Int?, _ salt: [UInt8], _ output: [UInt8]
    ) throws(Fault) -> PasswordHash {
        guard let iterations, iterations > 0 else { throw .malformed }
        // Each further digest of output takes all iterations again.
        let blocks = max(1, (output.count + digest.algorithm.length - 1) / digest.algorithm.length)
        guard let pbkdf2 = PBKDF2(iterations: iterations, digest: digest),
            iterations <= PBKDF2.maximumIterations / blocks
        else {
            throw .tooCostly("PBKDF2 may have at most \(PBKDF2.maximumIterations) iterations")
        }
        return try made(by: .pbkdf2(pbkdf2), salt, output)
    }
}

/// Other texts of the same schemes.
extension PasswordHash {
    /// Django's `pbkdf2_sha256$<iterations>$<salt>$<hash>`, also with another digest, and
    /// `scrypt$<N>$<salt>$<r>$<p>$<hash>`; the salt is text.
    static func django(_ fields: [Substring]) throws(Fault) -> PasswordHash {
        let isScrypt = fields[0] == "scrypt"
        guard fields.count == (isScrypt ? 6 : 4), let number = Int(fields[1]), number > 0,
            let output = bytes(fields[fields.count - 1])
        else { throw .malformed }
        let salt = Array(fields[2].utf8)
        if let digest = PBKDF2.Digest(rawValue: String(fields[0].dropFirst("pbkdf2_".count))), !isScrypt {
            return try pbkdf2(digest, iterations: number, salt, output)
        }
        guard number.nonzeroBitCount == 1 else { throw .malformed }
        return try scrypt(
            logCost: number.trailingZeroBitCount, blockSize: Int(fields[3]), parallelization: Int(fields[4]), salt,
            output)
    }

    /// scrypt of crypt(5), which libsodium also writes: `$7$`, a digit for the binary logarithm of N, five each for r
    /// and p, the salt as text, `$`, the hash.
    static func sodiumScrypt(_ fields: [Substring]) throws(Fault) -> PasswordHash {
        guard fields.count == 2, fields[0].utf8.count > 11, fields[1].utf8.count == 43,
            let output = CryptBase64.decode(fields[1])
        else { throw .malformed }
        let parameters = fields[0].prefix(11)
        return try scrypt(
            logCost: CryptBase64.number(parameters.prefix(1)),
            blockSize: CryptBase64.number(parameters.dropFirst().prefix(5)),
            parallelization: CryptBase64.number(parameters.suffix(5)), Array(fields[0].dropFirst(11).utf8), output)
    }

    /// A password of an LDAP server: a scheme in braces, in either case, and its hash (RFC 2307, section 5.3; the
    /// others are those of OpenLDAP's modules and of passlib).
    static func ldap(_ text: String) throws(Fault) -> PasswordHash {
        guard let end = text.utf8.firstIndex(of: UInt8(ascii: "}")) else { throw .unknown }
        let scheme = text[..<end].dropFirst().uppercased()
        let rest = text[text.index(after: end)...]
        let digests: [(name: String, DigestAlgorithm)] = [
            ("MD5", .md5), ("SHA", .sha1), ("SHA256", .sha256), ("SHA384", .sha384), ("SHA512", .sha512),
        ]
        for (name, algorithm) in digests {
            let isSalted = scheme == (name == "MD5" ? "SMD5" : "S\(name)")
            guard isSalted || scheme == name else { continue }
            return PasswordHash(try foreign(SaltedDigest.stored(algorithm, bytes(rest), isSalted: isSalted)))
        }
        switch scheme {
        case "CRYPT", "ARGON2", "BCRYPT":
            guard rest.utf8.first == UInt8(ascii: "$") else { throw .unknown }
            return try named(String(rest))
        case "PBKDF2", "PBKDF2-SHA1", "PBKDF2-SHA256", "PBKDF2-SHA512":
            return try named("$\(scheme.lowercased())$\(rest)")
        default: throw .unknown
        }
    }
}
