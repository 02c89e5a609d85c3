/// What checking a hash costs, and how much of a password it reads.
extension PasswordHash {
    /// The time that a check takes on a common processor of 2020, estimated from the parameters: for comparing hashes with
    /// one another, whatever the host is.
    public var nominalCost: Duration {
        switch form {
        case .derived(let scheme, _, _): scheme.nominalCost
        case .crypt(let hash): hash.nominalCost
        }
    }

    /// The algorithm and its parameters, which decide what a check costs.
    public var parameters: String {
        switch form {
        case .derived(let scheme, _, _): scheme.setting
        case .crypt(let hash): hash.parameters
        }
    }

    /// Whether a check reads all of a password. Where it does not, another password with the same beginning is as right,
    /// and what was typed may not be what the owner means.
    public func readsAll(of password: Secret) -> Bool {
        switch form {
        case .derived: true
        case .crypt(let hash): hash.readsAll(of: password)
        }
    }
}

extension PasswordScheme {
    /// The text with which each stored hash of the scheme begins.
    public var hashPrefix: String { "$\(phcFields)$" }

    /// The time that one hash takes on a common processor.
    ///
    /// Measured on one core of an AMD EPYC with OpenSSL 3.0: scrypt takes 3.2 to 4.5 ns for a byte of its memory, the more
    /// the less of it the caches hold, Argon2id half a nanosecond, and PBKDF2 570 ns an iteration.
    public var nominalCost: Duration {
        switch self {
        case .scrypt(let scrypt):
            .nanoseconds(4 * (128 * scrypt.blockSize * scrypt.parallelization) << scrypt.logCost)
        case .argon2id(let argon2id): .nanoseconds(argon2id.memory * argon2id.passes / 2)
        case .pbkdf2(let pbkdf2): .nanoseconds(570 * pbkdf2.iterations)
        }
    }
}

extension CryptHash {
    /// The length of the longest password of which bcrypt reads all, in bytes.
    static let bcryptLimit = 72

    /// The text up to the salt.
    var parameters: String {
        let fields = text.split(separator: "$", omittingEmptySubsequences: false)
        let saysCost = ![.sha256, .sha512].contains(method) || fields[2].hasPrefix("rounds=")
        return saysCost ? "$\(method.rawValue)$\(fields[2])" : "$\(method.rawValue)"
    }

    /// The time that a check takes on a common processor, measured as that of `PasswordScheme`: 75 µs for bcrypt's cost 0,
    /// 560 and 790 ns a round of SHA-crypt, and 1.45 ns for a byte of yescrypt's memory.
    var nominalCost: Duration {
        let field = text.split(separator: "$", omittingEmptySubsequences: false)[2]
        switch method {
        case .bcryptA, .bcryptB, .bcryptY: return .microseconds(75 << (Int(field) ?? 0))
        case .sha256: return .nanoseconds(560 * shaRounds(field))
        case .sha512: return .nanoseconds(790 * shaRounds(field))
        case .yescrypt, .gostYescrypt:
            let digits = Array(field.utf8)
            let logCost = CryptBase64.value(digits[1]) ?? 0
            let blockSize = CryptBase64.value(digits[2]) ?? 0
            return .nanoseconds((145 * (128 * (blockSize + 1)) << (logCost + 1)) / 100)
        }
    }

    /// The rounds that a field says; without one there are 5,000.
    private func shaRounds(_ field: Substring) -> Int {
        field.hasPrefix("rounds=") ? Int(field.dropFirst("rounds=".count)) ?? 5000 : 5000
    }

    /// Whether a check reads all of a password: bcrypt reads 72 bytes. Longer passwords than libcrypt takes match no hash
    /// of the other methods.
    func readsAll(of password: Secret) -> Bool { !method.isBcrypt || password.count <= Self.bcryptLimit }
}
