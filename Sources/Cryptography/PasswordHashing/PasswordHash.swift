/// A salted password hash, as a text that names its algorithm and parameters: a PHC string
/// (`$scrypt$ln=15,r=8,p=3$<salt>$<hash>`, `$argon2id$v=19$m=19456,t=2,p=1$<salt>$<hash>`,
/// `$pbkdf2-sha256$i=600000$<salt>$<hash>`), or one of a form that another program made (`$2b$12$…`).
///
/// ```swift
/// let stored = try PasswordHash(of: password, scheme: .preferred, random: OpenSSLRandomSource()).encoded
/// let isRight = try PasswordHash(encoded: stored)?.matches(password) ?? false
/// ```
public struct PasswordHash: Sendable, Equatable {
    enum Form: Sendable {
        case derived(by: PasswordScheme, salt: [UInt8], output: [UInt8])
        case foreign(any ForeignHash)
    }

    let form: Form

    /// The salt's length in bytes for new hashes: 128 bits (NIST SP 800-132, section 5.1).
    static let saltLength = 16
    /// The hash's length in bytes for new hashes: 256 bits.
    static let outputLength = 32
    /// The longest text in bytes.
    static let maximumLength = 512

    /// Hashes a password with a new salt. This takes the time and the memory of `scheme`.
    ///
    /// - Throws: `CryptographyError`.
    public init(
        of password: Secret, scheme: PasswordScheme, random: any RandomSource
    ) throws(CryptographyError) {
        let salt = try random.bytes(Self.saltLength)
        let output = try scheme.derive(password, salt: salt, length: Self.outputLength)
        form = .derived(by: scheme, salt: salt, output: output)
    }

    /// A hash that no password is known to match. Its check costs the same as any other of the scheme, so that an
    /// unknown account takes as long as a wrong password.
    public static func unmatchable(scheme: PasswordScheme) -> PasswordHash {
        PasswordHash(
            form: .derived(
                by: scheme, salt: [UInt8](repeating: 0, count: saltLength),
                output: [UInt8](repeating: 0, count: outputLength)))
    }

    private init(form: Form) {
        self.form = form
    }

    /// Makes a hash from its parts; `nil` if the salt (1 to 64 bytes, for Argon2id no less than 8) or the hash (16
    /// to 64 bytes) is out of bounds.
    init?(scheme: PasswordScheme, salt: [UInt8], output: [UInt8]) {
        guard (scheme.minimumSaltLength...64).contains(salt.count), (16...64).contains(output.count) else { return nil }
        form = .derived(by: scheme, salt: salt, output: output)
    }

    /// Takes over a hash of another program.
    init(_ hash: any ForeignHash) {
        form = .foreign(hash)
    }

    /// Reads the text of `encoded`; `nil` if it is malformed, of an unknown algorithm, or out of bounds.
    public init?(encoded text: String) {
        guard text.utf8.count <= Self.maximumLength else { return nil }
        if let hash = try? Self.foreign(text) {
            self.init(hash)
            return
        }
        let fields = text.split(separator: "$", omittingEmptySubsequences: false)
        guard fields.count >= 5, fields[0].isEmpty,
            let scheme = PasswordScheme(phcFields: fields[1..<(fields.count - 2)]),
            let salt = Base64.decode(fields[fields.count - 2]), let output = Base64.decode(fields[fields.count - 1])
        else { return nil }
        self.init(scheme: scheme, salt: salt, output: output)
    }

    /// The text that is stored.
    public var encoded: String {
        switch form {
        case .derived(let scheme, let salt, let output):
            "$\(scheme.phcFields)$\(Base64.encode(salt))$\(Base64.encode(output))"
        case .foreign(let hash): hash.text
        }
    }

    /// Tells whether two hashes have the same text.
    public static func == (left: PasswordHash, right: PasswordHash) -> Bool { left.encoded == right.encoded }

    /// The scheme that made it; `nil` for the forms of other programs, in which no new hashes are made.
    public var scheme: PasswordScheme? {
        switch form {
        case .derived(let scheme, _, _): scheme
        case .foreign: nil
        }
    }

    /// The step that would let this host check the hash; `nil` if it can.
    ///
    /// - Parameter keys: the keys that the process has.
    public func remedy(_ keys: PasswordKeys) -> String? {
        switch form {
        case .derived(let scheme, _, _): scheme.isAvailable ? nil : Argon2id.remedy
        case .foreign(let hash): hash.remedy(keys)
        }
    }

    /// Tells whether `password` is the one that was hashed, compared in constant time. It costs as much as to make the
    /// hash.
    ///
    /// A password with a zero never matches: to HMAC, a text with zeros behind it equals the text, and C ends it there.
    ///
    /// - Parameter keys: the keys that a hash of Firebase needs.
    /// - Throws: `CryptographyError`.
    public func matches(_ password: Secret, keys: PasswordKeys = .none) throws(CryptographyError) -> Bool {
        let isEqual =
            switch form {
            case .derived(let scheme, let salt, let output):
                constantTimeEqual(try scheme.derive(password, salt: salt, length: output.count), output)
            case .foreign(let hash): try hash.matches(password, keys)
            }
        return isEqual && !password.holdsZero
    }
}

/// The parameters of a PHC string, `name=number,…`.
enum ParameterList {
    /// The numbers; `nil` unless the names are exactly these in this order, and each number is decimal, above 0,
    /// without a sign or leading zeros.
    static func values(of names: [String], in text: Substring) -> [Int]? {
        let pairs = text.split(separator: ",", omittingEmptySubsequences: false)
        guard pairs.count == names.count else { return nil }
        var values: [Int] = []
        for (name, pair) in zip(names, pairs) {
            guard pair.hasPrefix("\(name)="), let value = Int(pair.dropFirst(name.count + 1)), value > 0,
                "\(name)=\(value)" == pair
            else { return nil }
            values.append(value)
        }
        return values
    }
}
