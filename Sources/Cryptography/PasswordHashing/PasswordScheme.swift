/// A password hashing algorithm with its parameters.
///
/// ```swift
/// PasswordScheme(setting: "argon2id:m=19456,t=2,p=1")?.memory   // 19922944
/// ```
public enum PasswordScheme: Sendable, Hashable {
    /// scrypt (RFC 7914).
    case scrypt(Scrypt)
    /// Argon2id (RFC 9106).
    case argon2id(Argon2id)
    /// PBKDF2 with HMAC (RFC 8018).
    case pbkdf2(PBKDF2)

    /// The memory that the computation of one hash needs, in bytes.
    public var memory: Int {
        switch self {
        case .scrypt(let scrypt): scrypt.memory
        case .argon2id(let argon2id): argon2id.memory
        case .pbkdf2: 0
        }
    }

    /// Tells whether the libraries of this host can compute it. For Argon2id the first call looks for them.
    public var isAvailable: Bool {
        switch self {
        case .scrypt, .pbkdf2: true
        case .argon2id: Argon2id.isAvailable
        }
    }

    /// The best choice for the libraries of this host among the OWASP minimums: Argon2id with 19 MiB, t = 2, p = 1;
    /// without it, scrypt with N = 2^15, r = 8, p = 3. The first use looks for Argon2id.
    public static let preferred: PasswordScheme = {
        let choice = Argon2id.isAvailable ? "argon2id:m=19456,t=2,p=1" : "scrypt:ln=15,r=8,p=3"
        guard let scheme = PasswordScheme(setting: choice) else { preconditionFailure("\(choice) is within bounds") }
        return scheme
    }()

    /// Tells whether the scheme is in a table of OWASP's Password Storage Cheat Sheet, or exceeds a row in every
    /// parameter.
    public var meetsOWASP: Bool {
        switch self {
        case .scrypt(let scrypt):
            [(17, 1), (16, 2), (15, 3), (14, 5), (13, 10)].contains { logCost, parallelization in
                scrypt.logCost >= logCost && scrypt.blockSize >= 8 && scrypt.parallelization >= parallelization
            }
        case .argon2id(let argon2id):
            [(47104, 1), (19456, 2), (12288, 3), (9216, 4), (7168, 5)].contains { memory, passes in
                argon2id.memoryKiB >= memory && argon2id.passes >= passes
            }
        case .pbkdf2(let pbkdf2): pbkdf2.digest == .sha256 && pbkdf2.iterations >= 600_000
        }
    }

    /// The shortest salt in bytes (for Argon2id: RFC 9106, section 3.1).
    var minimumSaltLength: Int {
        if case .argon2id = self { 8 } else { 1 }
    }

    func derive(_ password: Secret, salt: [UInt8], length: Int) throws(CryptographyError) -> [UInt8] {
        switch self {
        case .scrypt(let scrypt): try scrypt.derive(password, salt: salt, length: length)
        case .argon2id(let argon2id): try argon2id.derive(password, salt: salt, length: length)
        case .pbkdf2(let pbkdf2): try pbkdf2.derive(password, salt: salt, length: length)
        }
    }
}

/// The scheme of new hashes as it is chosen, before the libraries of the host are looked at: a process that hashes
/// nothing need not look.
public enum PasswordSchemeChoice: Sendable, Equatable {
    /// The best that the host's libraries have (`PasswordScheme.preferred`).
    case automatic
    /// This one.
    case named(PasswordScheme)

    /// The scheme. With `.automatic`, the first use looks at the libraries.
    public var scheme: PasswordScheme {
        switch self {
        case .automatic: .preferred
        case .named(let scheme): scheme
        }
    }
}

extension PasswordScheme {
    /// Reads a setting, an algorithm and its parameters as in a PHC string: `scrypt:ln=15,r=8,p=3`,
    /// `argon2id:m=19456,t=2,p=1` or `pbkdf2-sha256:i=600000`; `nil` if it is malformed or out of bounds.
    public init?(setting: String) {
        let parts = setting.split(separator: ":", omittingEmptySubsequences: false)
        guard parts.count == 2 else { return nil }
        self.init(algorithm: parts[0], parameters: parts[1])
    }

    /// The setting that makes this scheme.
    public var setting: String {
        switch self {
        case .scrypt: "scrypt:\(parameters)"
        case .argon2id: "argon2id:\(parameters)"
        case .pbkdf2(let pbkdf2): "\(pbkdf2.name):\(parameters)"
        }
    }

    /// The fields of a PHC string up to the salt.
    var phcFields: String {
        switch self {
        case .scrypt: "scrypt$\(parameters)"
        case .argon2id: "argon2id$v=19$\(parameters)"
        case .pbkdf2(let pbkdf2): "\(pbkdf2.name)$\(parameters)"
        }
    }

    init?(phcFields fields: ArraySlice<Substring>) {
        switch Array(fields) {
        case let fields where fields.count == 2 && fields[0] != "argon2id":
            self.init(algorithm: fields[0], parameters: fields[1])
        case let fields where fields.count == 3 && fields[0] == "argon2id" && fields[1] == "v=19":
            self.init(algorithm: fields[0], parameters: fields[2])
        default:
            return nil
        }
    }

    private var parameters: String {
        switch self {
        case .scrypt(let scrypt): "ln=\(scrypt.logCost),r=\(scrypt.blockSize),p=\(scrypt.parallelization)"
        case .argon2id(let argon2id): "m=\(argon2id.memoryKiB),t=\(argon2id.passes),p=\(argon2id.lanes)"
        case .pbkdf2(let pbkdf2): "i=\(pbkdf2.iterations)"
        }
    }

    private init?(algorithm: Substring, parameters: Substring) {
        switch algorithm {
        case "scrypt":
            guard let values = ParameterList.values(of: ["ln", "r", "p"], in: parameters),
                let scrypt = Scrypt(logCost: values[0], blockSize: values[1], parallelization: values[2])
            else { return nil }
            self = .scrypt(scrypt)
        case "argon2id":
            guard let values = ParameterList.values(of: ["m", "t", "p"], in: parameters),
                let argon2id = Argon2id(memoryKiB: values[0], passes: values[1], lanes: values[2])
            else { return nil }
            self = .argon2id(argon2id)
        default:
            guard let digest = PBKDF2.digest(named: algorithm),
                let values = ParameterList.values(of: ["i"], in: parameters),
                let pbkdf2 = PBKDF2(iterations: values[0], digest: digest)
            else { return nil }
            self = .pbkdf2(pbkdf2)
        }
    }
}
