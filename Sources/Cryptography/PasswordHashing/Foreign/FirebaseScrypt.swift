import COpenSSL
import System

/// A hash of Firebase Authentication: the project's signer key, encrypted under a key that scrypt makes of the password
/// (https://github.com/firebase/scrypt).
///
/// It is stored as `$firebase-scrypt$ln=14,r=8,ss=Bw$<salt>$<hash>`: the parameters `mem_cost`, `rounds` and
/// `base64_salt_separator` of the project, and salt and hash of the account, all in Base64 without padding. The signer
/// key is not part of it, and comes from a file: a copy of the database alone tells nobody whether a guess is right.
struct FirebaseScrypt: ForeignHash {
    static let name = "firebase-scrypt"
    /// The bytes of the key that encrypts.
    private static let keyLength = 32
    /// The lengths of signer keys and so of hashes, in bytes. Firebase's have 64.
    static let outputLengths = 32...64

    private let scrypt: Scrypt
    private let salt: [UInt8]
    private let separator: [UInt8]
    private let output: [UInt8]

    /// Reads the stored fields.
    init(_ fields: [Substring]) throws(PasswordHash.Fault) {
        let parts = fields.first?.split(separator: ",", omittingEmptySubsequences: false) ?? []
        guard fields.count == 3, parts.count == 3, parts[2].hasPrefix("ss="),
            let values = ParameterList.values(of: ["ln", "r"], in: "\(parts[0]),\(parts[1])"),
            let separator = Base64.decode(parts[2].dropFirst(3)), (1...16).contains(separator.count),
            let salt = Base64.decode(fields[1]), (1...64).contains(salt.count),
            let output = Base64.decode(fields[2]), Self.outputLengths.contains(output.count)
        else { throw .malformed }
        scrypt = try PasswordHash.importable(logCost: values[0], blockSize: values[1], parallelization: 1)
        self.separator = separator
        self.salt = salt
        self.output = output
    }

    var parameters: String {
        "$\(Self.name)$ln=\(scrypt.logCost),r=\(scrypt.blockSize),ss=\(Base64.encode(separator))"
    }
    var text: String { "\(parameters)$\(Base64.encode(salt))$\(Base64.encode(output))" }
    var nominalCost: Duration { PasswordScheme.scrypt(scrypt).nominalCost }

    func remedy(_ keys: PasswordKeys) -> String? {
        guard let key = keys.firebaseSigner else {
            return "name the file of the Firebase project's signer key with POSTERN_FIREBASE_SIGNER_KEY_FILE"
        }
        return key.count == output.count
            ? nil : "POSTERN_FIREBASE_SIGNER_KEY_FILE holds the signer key of another project: name the right one"
    }

    func matches(_ password: Secret, _ keys: PasswordKeys) throws(CryptographyError) -> Bool {
        var key = try scrypt.derive(password, salt: salt + separator, length: Self.keyLength)
        defer { WipedBytes.wipe(&key) }
        guard let signer = keys.firebaseSigner else { return false }
        return constantTimeEqual(try AES256.encryptByCounter(signer, key: key), output)
    }
}

/// The signer key of a Firebase project as its console shows it.
public enum FirebaseSignerKey {
    /// Reads a file with the key in Base64, with or without padding and white space around it.
    ///
    /// - Parameter file: the bytes, which the caller wipes.
    /// - Returns: `nil` for anything else than 32 to 64 bytes in Base64.
    public static func read(_ file: [UInt8]) -> Secret? {
        var digits = file[...]
        while let last = digits.last, last <= 0x20 || last == UInt8(ascii: "=") { digits = digits.dropLast() }
        while let first = digits.first, first <= 0x20 { digits = digits.dropFirst() }
        guard let bytes = Base64.decode(digits), FirebaseScrypt.outputLengths.contains(bytes.count) else { return nil }
        return Secret(bytes)
    }
}

/// AES-256 in counter mode (NIST SP 800-38A, section 6.5), computed by OpenSSL.
private enum AES256 {
    /// The encryption of a text under a key, with a counter that begins at 0.
    ///
    /// - Throws: `CryptographyError.failed`.
    static func encryptByCounter(_ plain: Secret, key: [UInt8]) throws(CryptographyError) -> [UInt8] {
        try OpenSSL.setUp()
        let context = unsafe EVP_CIPHER_CTX_new()
        defer { unsafe EVP_CIPHER_CTX_free(context) }
        var output = [UInt8](repeating: 0, count: plain.count)
        let counter = [UInt8](repeating: 0, count: 16)
        var count: Int32 = 0
        let succeeded = plain.withSpan { plain in
            unsafe plain.withUnsafeBufferPointer { plain in
                unsafe context != nil && EVP_EncryptInit_ex2(context, EVP_aes_256_ctr(), key, counter, nil) == 1
                    && EVP_EncryptUpdate(context, &output, &count, plain.baseAddress, Int32(plain.count)) == 1
            }
        }
        guard succeeded, Int(count) == output.count else {
            throw .failed(operation: "OpenSSL's AES-256-CTR", reason: OpenSSL.takeLastError())
        }
        return output
    }
}
