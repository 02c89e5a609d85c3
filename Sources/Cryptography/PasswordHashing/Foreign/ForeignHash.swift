/// A password hash of a form that another program made. It is checked and never made: the right password renews it.
///
/// The text that is stored is `$`, a name, `$`, the parameters, and then what differs from hash to hash: so the store
/// can group hashes by the cost of their checks.
protocol ForeignHash: Sendable {
    /// The text as it is stored.
    var text: String { get }
    /// The algorithm and its parameters, which decide what a check costs.
    var parameters: String { get }
    /// The time of the dearest check on a common processor of 2020.
    var nominalCost: Duration { get }

    /// The step that would let this host check the hash; `nil` if it can.
    func remedy(_ keys: PasswordKeys) -> String?

    /// Tells whether a check reads all of a password.
    func readsAll(of password: Secret) -> Bool

    /// Tells whether `password` is the one that was hashed, compared in constant time.
    ///
    /// - Throws: `CryptographyError`.
    func matches(_ password: Secret, _ keys: PasswordKeys) throws(CryptographyError) -> Bool
}

extension ForeignHash {
    func remedy(_ keys: PasswordKeys) -> String? { nil }
    func readsAll(of password: Secret) -> Bool { true }
}

/// The keys beside the store that some hashes need.
public struct PasswordKeys: Sendable {
    /// The signer key of the Firebase project from which accounts came; `nil` for none.
    public let firebaseSigner: Secret?

    /// No keys.
    public static let none = PasswordKeys(firebaseSigner: nil)

    /// Takes the keys.
    public init(firebaseSigner: Secret?) {
        self.firebaseSigner = firebaseSigner
    }
}

/// The stored texts of foreign hashes.
extension PasswordHash {
    /// Reads the stored text of a hash of another program.
    ///
    /// - Throws: `.unknown` if its name is none of theirs; `.malformed`, `.tooCostly`.
    static func foreign(_ text: String) throws(Fault) -> any ForeignHash {
        let fields = text.split(separator: "$", omittingEmptySubsequences: false)
        guard fields.count > 2, fields[0].isEmpty else { throw .unknown }
        let rest = Array(fields[2...])
        switch String(fields[1]) {
        case PhpassHash.name: return try PhpassHash(rest)
        case MD5Crypt.Kind.apache.rawValue: return try MD5Crypt(.apache, rest)
        case MD5Crypt.Kind.unix.rawValue: return try MD5Crypt(.unix, rest)
        case FirebaseScrypt.name: return try FirebaseScrypt(rest)
        default:
            if let digest = SaltedDigest.algorithm(named: fields[1]) { return try SaltedDigest(digest, rest) }
            if let hash = try PrehashedBcrypt(name: fields[1], rest) { return hash }
            return try CryptHash(text)
        }
    }
}
