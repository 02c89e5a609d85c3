/// A salted password hash as a PHC string (`$scrypt$ln=15,r=8,p=3$<salt>$<hash>`,
/// `$argon2id$v=19$m=19456,t=2,p=1$<salt>$<hash>`).
public struct PasswordHash: Sendable, Equatable {
    /// How it was made.
    public let scheme: PasswordScheme
    let salt: [UInt8]
    let output: [UInt8]

    /// The salt's length in bytes for new hashes: 128 bits (NIST SP 800-132, section 5.1).
    static let saltLength = 16
    /// The hash's length in bytes for new hashes: 256 bits.
    static let outputLength = 32

    /// Hashes a password with a new salt. This takes the time and the memory that `scheme` says.
    ///
    /// - Throws: `CryptographyError`.
    public init(
        of password: Secret, scheme: PasswordScheme, random: any RandomSource
    ) throws(CryptographyError) {
        self.scheme = scheme
        salt = try random.bytes(Self.saltLength)
        output = try scheme.derive(password, salt: salt, length: Self.outputLength)
    }

    private init(scheme: PasswordScheme, salt: [UInt8], output: [UInt8]) {
        self.scheme = scheme
        self.salt = salt
        self.output = output
    }

    /// A hash that no password is known to match, and whose check costs what any other of this scheme costs: so that an
    /// unknown account takes as long as a wrong password.
    public static func unmatchable(scheme: PasswordScheme) -> PasswordHash {
        PasswordHash(
            scheme: scheme, salt: [UInt8](repeating: 0, count: saltLength),
            output: [UInt8](repeating: 0, count: outputLength))
    }

    /// Reads a PHC string.
    ///
    /// - Returns: `nil` where it is malformed, of another algorithm, or its parameters, salt (1 to 64 bytes) or hash (16
    ///   to 64 bytes) are out of bounds.
    public init?(phc text: String) {
        guard text.utf8.count <= 512 else { return nil }
        let fields = text.split(separator: "$", omittingEmptySubsequences: false)
        guard fields.count >= 5, fields[0].isEmpty,
            let scheme = PasswordScheme(phcFields: fields[1..<(fields.count - 2)]),
            let salt = Base64.decode(fields[fields.count - 2]), (1...64).contains(salt.count),
            let output = Base64.decode(fields[fields.count - 1]), (16...64).contains(output.count)
        else { return nil }
        self.scheme = scheme
        self.salt = salt
        self.output = output
    }

    /// The PHC string.
    public var phc: String {
        "$\(scheme.phcFields)$\(Base64.encode(salt))$\(Base64.encode(output))"
    }

    /// Whether `password` is the one that was hashed, compared in constant time. It costs what making the hash cost.
    ///
    /// - Throws: `CryptographyError`.
    public func matches(_ password: Secret) throws(CryptographyError) -> Bool {
        constantTimeEqual(try scheme.derive(password, salt: salt, length: output.count), output)
    }
}
