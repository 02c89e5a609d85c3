/// The cost of a check, and the length of the passwords that it reads.
extension PasswordHash {
    /// The time of a check on a common processor of 2020, estimated from the parameters, to compare hashes with one
    /// another on any host.
    public var nominalCost: Duration {
        switch form {
        case .derived(let scheme, _, _): scheme.nominalCost
        case .foreign(let hash): hash.nominalCost
        }
    }

    /// The algorithm and its parameters, which decide what a check costs.
    public var parameters: String {
        switch form {
        case .derived(let scheme, _, _): scheme.setting
        case .foreign(let hash): hash.parameters
        }
    }

    /// Tells whether a check reads all of a password. If it does not, each other password with the same beginning
    /// matches too, and the typed one may not be the owner's.
    public func readsAll(of password: Secret) -> Bool {
        switch form {
        case .derived: true
        case .foreign(let hash): hash.readsAll(of: password)
        }
    }
}

extension PasswordScheme {
    /// The text with which each stored hash of the scheme begins.
    public var hashPrefix: String { "$\(phcFields)$" }

    /// The time of one hash on a common processor.
    ///
    /// Measured on one core of an AMD EPYC with OpenSSL 3.0: scrypt takes 3.2 to 4.5 ns for a byte of its memory, more
    /// if the caches hold less of it, Argon2id half a nanosecond, and PBKDF2 570 ns an iteration (with SHA-1 and
    /// with SHA-512 450 and 1,080 ns).
    public var nominalCost: Duration {
        switch self {
        case .scrypt(let scrypt):
            .nanoseconds(4 * (128 * scrypt.blockSize * scrypt.parallelization) << scrypt.logCost)
        case .argon2id(let argon2id): .nanoseconds(argon2id.memory * argon2id.passes / 2)
        case .pbkdf2(let pbkdf2):
            switch pbkdf2.digest {
            case .sha1: .nanoseconds(450 * pbkdf2.iterations)
            case .sha256: .nanoseconds(570 * pbkdf2.iterations)
            case .sha512: .nanoseconds(1080 * pbkdf2.iterations)
            }
        }
    }
}

extension CryptHash {
    /// The longest password that bcrypt reads whole, in bytes.
    static let bcryptLimit = 72

    /// The text up to the salt.
    var parameters: String {
        let fields = text.split(separator: "$", omittingEmptySubsequences: false)
        let saysCost = ![.sha256, .sha512].contains(method) || fields[2].hasPrefix("rounds=")
        return saysCost ? "$\(method.rawValue)$\(fields[2])" : "$\(method.rawValue)"
    }

    /// The time of a check on a common processor, measured as for `PasswordScheme`: 75 µs for bcrypt's cost 0, 560 and
    /// 790 ns a round of SHA-crypt, and 1.45 ns for a byte of yescrypt's memory.
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

    /// The rounds in a field; 5,000 if it gives none.
    private func shaRounds(_ field: Substring) -> Int {
        field.hasPrefix("rounds=") ? Int(field.dropFirst("rounds=".count)) ?? 5000 : 5000
    }

    /// Tells whether a check reads all of a password: bcrypt reads 72 bytes. Longer passwords than libcrypt takes match
    /// no hash of the other methods.
    func readsAll(of password: Secret) -> Bool { !method.isBcrypt || password.count <= Self.bcryptLimit }
}
