import Cryptography

extension AuthenticationService {
    /// The digest by which the store has a recovery code of an account: an HMAC under a secret of the installation. A
    /// text that is not a code has one too, which no code has, so that both take the same work.
    ///
    /// - Throws: `.keys`, `.store`, `.cryptography`.
    func recoveryCodeDigest(
        _ text: String, of account: Identifier<Account>
    ) throws(AuthenticationError) -> [UInt8] {
        try recoveryCodeDigests([RecoveryCode(text)?.digits ?? []], of: account)[0]
    }

    /// The digests of the digits of several codes, in their order.
    ///
    /// - Throws: as `recoveryCodeDigest` does.
    func recoveryCodeDigests(
        _ digits: [[UInt8]], of account: Identifier<Account>
    ) throws(AuthenticationError) -> [[UInt8]] {
        let secret = try secret(.recoveryCodes)
        return try withRandomness { _ throws(CryptographyError) in
            var digests: [[UInt8]] = []
            for digits in digits {
                digests.append(try HMACSHA256.code(of: Array("\(account) ".utf8) + digits, key: secret))
            }
            return digests
        }
    }
}
