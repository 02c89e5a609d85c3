import Cryptography
import Foundation
import JSON
import TestSupport
import Testing

@testable import Identity

/// A security key or passkey of an account, in software.
struct TestKey {
    let authenticator: SoftwareAuthenticator
    let handle: [UInt8]

    /// The answer to options, as a member of a body.
    func answer(_ options: TestAnswer) throws -> String { try answer(challenge: options.string("challenge") ?? "") }

    func answer(challenge: String) throws -> String {
        let bytes = try #require(Base64.decode(Array(challenge.utf8)[...], .url))
        return String(
            decoding: try authenticator.assertion(challenge: bytes, userHandle: handle), as: UTF8.self)
    }
}

// Second factors of accounts, put there past the API.
extension TestInstallation {
    private static func random() -> OpenSSLRandomSource { OpenSSLRandomSource() }

    /// Bytes as the engine writes them.
    static func blob(_ bytes: [UInt8]) -> String {
        let digits = bytes.map { String(format: "%02x", $0) }.joined()
        return StoreEngine.current == .sqlite ? "x'\(digits)'" : "CAST('\\x\(digits)' AS BYTEA)"
    }

    private static func number<Entity>(_ id: Identifier<Entity>) -> Int64 { Int64(bitPattern: id.rawValue) }

    /// Writes down which methods the account has.
    private func noteFactors(_ account: Account) throws {
        let id = Self.number(account.id)
        try execute(
            """
            UPDATE account SET factors =
                CASE WHEN EXISTS (SELECT 1 FROM factor WHERE account_id = \(id) AND kind = 'totp') THEN 2 ELSE 0 END
                + CASE WHEN EXISTS (SELECT 1 FROM factor WHERE account_id = \(id) AND kind <> 'totp') THEN 4 ELSE 0 END
                + CASE WHEN EXISTS (SELECT 1 FROM recovery_code WHERE account_id = \(id)) THEN 8 ELSE 0 END
            WHERE id = \(id)
            """)
    }

    /// Adds a TOTP generator.
    @discardableResult
    func addTOTP(to account: Account) throws -> TOTP {
        let totp = try TOTP(random: Self.random())
        let id: Identifier<Factor> = try Identifier(random: Self.random())
        let keyring = try #require(service.keyring)
        let sealed = try keyring.seal(
            totp.secret, for: .totpSecret,
            of: SealedRow.Owner.factor(id, account: account.id).subject, random: Self.random())
        let key = Int64(bitPattern: keyring.inUse.rawValue)
        try execute(
            """
            INSERT INTO factor (id, account_id, kind, name, created_at, key_id, sealed)
            VALUES (\(Self.number(id)), \(Self.number(account.id)), 'totp', 'phone', 1, \(key), \(Self.blob(sealed)))
            """)
        try noteFactors(account)
        return totp
    }

    /// Adds a passkey, or a security key.
    @discardableResult
    func addKey(to account: Account, kind: Factor.Kind = .passkey, counter: UInt32 = 0) throws -> TestKey {
        let authenticator = try SoftwareAuthenticator()
        authenticator.counter = counter
        let owner = Self.number(account.id)
        let id: Identifier<Factor> = try Identifier(random: Self.random())
        // The account's handle is that of its last key: no test has two of one account.
        let handle = try Self.random().bytes(64)
        try execute("UPDATE account SET user_handle = \(Self.blob(handle)) WHERE id = \(owner)")
        try execute(
            """
            INSERT INTO factor (id, account_id, kind, name, created_at, credential_id, public_key, signature_count,
                transports, backup_eligible, backed_up)
            VALUES (\(Self.number(id)), \(owner), '\(kind.rawValue)', 'key', 2,
                \(Self.blob(authenticator.credentialID)), \(Self.blob(try authenticator.coseKey())), \(counter),
                'internal hybrid', 0, 0)
            """)
        try noteFactors(account)
        return TestKey(authenticator: authenticator, handle: handle)
    }

    /// Adds recovery codes.
    func addRecoveryCodes(_ codes: [RecoveryCode], to account: Account) throws {
        for digest in try service.recoveryCodeDigests(codes.map(\.digits), of: account.id) {
            try execute(
                "INSERT INTO recovery_code (account_id, digest) "
                    + "VALUES (\(Self.number(account.id)), \(Self.blob(digest)))")
        }
        try noteFactors(account)
    }

    /// A code of a generator now.
    func code(of totp: TOTP, later steps: Int64 = 0) throws -> String {
        let step = TOTP.step(at: clock.now.secondsSince1970) + steps
        return String(decoding: try totp.code(step), as: UTF8.self)
    }

    /// A code that is none of a generator's now.
    func wrongCode(of totp: TOTP) throws -> String {
        let right = try (-1...1).map { try code(of: totp, later: $0) }
        return try #require((0..<4).map { "00000\($0)" }.first { !right.contains($0) })
    }

    /// Finishes a login.
    func finish(
        _ loginToken: String, _ method: String, _ value: String, token: String? = nil, extra: String = "",
        fields: [String: String] = [:]
    ) -> TestAnswer {
        let answer = method == "passkey" ? #""credential": \#(value)"# : #""code": "\#(value)""#
        return call(
            "POST", "/auth/login/second-factor",
            #"{"login_token": "\#(loginToken)", "method": "\#(method)", \#(answer)\#(extra)}"#,
            token: token ?? adminToken, fields: ["X-Client-Address": "192.0.2.1"].merging(fields) { $1 })
    }

    /// The first step of a login that is to have a second one.
    func firstStep(_ email: String, fields: [String: String] = [:], token: String? = nil) throws -> String {
        let answer = login(email, Person.password, token: token, fields: fields)
        #expect(answer.code == "second_factor_required", "\(answer.body)")
        return try #require(answer.string("login_token"))
    }

    /// Logs in with the code beside the password.
    func login(_ email: String, code: String, fields: [String: String] = [:]) -> TestAnswer {
        call(
            "POST", "/auth/login",
            #"{"email": "\#(email)", "password": "\#(Person.password)", "code": "\#(code)"}"#, token: adminToken,
            fields: ["X-Client-Address": "192.0.2.1"].merging(fields) { $1 })
    }

    /// The options of the second step.
    func secondFactorOptions(_ loginToken: String, token: String? = nil) -> TestAnswer {
        call(
            "POST", "/auth/login/second-factor/options", #"{"login_token": "\#(loginToken)"}"#,
            token: token ?? adminToken)
    }

    /// The number of rows of a table that meet a condition.
    func count(_ table: String, where condition: String = "TRUE") throws -> Int {
        try connection().number("SELECT count(*) FROM \(table) WHERE \(condition)") ?? -1
    }

    /// The number of attempts of a counter.
    func attempts(_ name: ThrottleCounter.Name, account: String, address: String? = nil) throws -> Int64 {
        try service.attempts(account: account, address: address).first { $0.name == name }?.counter.attempts ?? 0
    }
}
