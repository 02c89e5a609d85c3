/// One digest of the password and a salt behind it, as LDAP servers keep it (`{SSHA}…`), or without a salt (`{SHA}…`):
/// no more than a checksum, which whoever has it tries at a billion passwords a second, until its owner logs in.
///
/// It is stored as `$ldap-sha1$i=1$<salt>$<hash>`.
struct SaltedDigest: ForeignHash {
    /// The longest salt in bytes.
    static let maximumSaltLength = 64

    private let algorithm: DigestAlgorithm
    private let salt: [UInt8]
    private let output: [UInt8]

    /// Reads the stored fields.
    init(_ algorithm: DigestAlgorithm, _ fields: [Substring]) throws(PasswordHash.Fault) {
        guard fields.count == 3, fields[0] == "i=1", let salt = Base64.decode(fields[1]),
            salt.count <= Self.maximumSaltLength, let output = Base64.decode(fields[2]),
            output.count == algorithm.length
        else { throw .malformed }
        self.algorithm = algorithm
        self.salt = salt
        self.output = output
    }

    /// The algorithm that a name in a stored text stands for; `nil` if it is another form's.
    static func algorithm(named name: Substring) -> DigestAlgorithm? {
        name.hasPrefix("ldap-") ? DigestAlgorithm(rawValue: String(name.dropFirst("ldap-".count))) : nil
    }

    /// Rewrites the digest and the salt behind it, as they stand behind `{SSHA}`, as they are stored.
    static func stored(
        _ algorithm: DigestAlgorithm, _ bytes: [UInt8]?, isSalted: Bool
    ) throws(PasswordHash.Fault) -> String {
        guard let bytes, isSalted ? bytes.count > algorithm.length : bytes.count == algorithm.length else {
            throw .malformed
        }
        let (output, salt) = (Array(bytes.prefix(algorithm.length)), Array(bytes.dropFirst(algorithm.length)))
        return "$ldap-\(algorithm.rawValue)$i=1$\(Base64.encode(salt))$\(Base64.encode(output))"
    }

    var parameters: String { "$ldap-\(algorithm.rawValue)$i=1" }
    var text: String { "\(parameters)$\(Base64.encode(salt))$\(Base64.encode(output))" }

    /// Mostly the look-up of the algorithm.
    var nominalCost: Duration { .microseconds(3) }

    func remedy(_ keys: PasswordKeys) -> String? { algorithm.isAvailable ? nil : algorithm.remedy }

    func matches(_ password: Secret, _ keys: PasswordKeys) throws(CryptographyError) -> Bool {
        let digest = try MessageDigest(algorithm).of {
            $0.add(password)
            $0.add(salt)
        }
        return constantTimeEqual(digest, output)
    }
}
