/// The parameters of the password hashes of a Firebase project, as its console shows them under "Password hash
/// parameters":
///
///     hash_config {
///       algorithm: SCRYPT,
///       base64_signer_key: …,
///       base64_salt_separator: Bw==,
///       rounds: 8,
///       mem_cost: 14,
///     }
///
/// The signer key is left out: hashes are stored without it, and each check gets it from a file.
public struct FirebaseParameters: Sendable, Equatable {
    private let saltSeparator: String
    private let rounds: String
    private let memoryCost: String

    /// Reads the text of the console; `nil` if a parameter is missing or the algorithm is another.
    public init?(_ text: String) {
        var values: [Substring: Substring] = [:]
        for line in text.split(whereSeparator: \.isNewline) {
            let parts = line.split(separator: ":", maxSplits: 1).map { part in
                part.drop(while: \.isWhitespace).prefix { !$0.isWhitespace && $0 != "," }
            }
            if parts.count == 2 { values[parts[0]] = parts[1] }
        }
        guard values["algorithm"] == "SCRYPT", let saltSeparator = values["base64_salt_separator"],
            let rounds = values["rounds"], let memoryCost = values["mem_cost"],
            [rounds, memoryCost].allSatisfy({ (1...2).contains($0.utf8.count) && $0.utf8.allSatisfy(\.isASCIIDigit) })
        else { return nil }
        self.saltSeparator = String(saltSeparator.prefix { $0 != "=" })
        self.rounds = String(rounds)
        self.memoryCost = String(memoryCost)
    }

    /// The text of an account's hash, in the form in which it is stored.
    func encoded(hash: String, salt: String) -> String {
        "$firebase-scrypt$ln=\(memoryCost),r=\(rounds),ss=\(saltSeparator)$\(salt)$\(hash)"
    }
}
