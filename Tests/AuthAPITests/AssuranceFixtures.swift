import Cryptography
import Foundation
import TestSupport

@testable import Identity

/// The address of the installation for browsers, as `SoftwareAuthenticator` expects it.
let publicOrigin = "https://auth.example.test"

extension AuthenticationService {
    /// Gives the service all that second factors need.
    mutating func allowSecondFactors(_ policy: SecondFactorPolicy? = nil) {
        secondFactorPolicy = policy
        relyingParty = WebAuthn.RelyingParty(origin: publicOrigin)
        keyring = (try? KeyFile.Key(createdAt: 1, random: OpenSSLRandomSource())).map { Keyring(KeyFile($0)) }
    }
}

// Second factors past the API.
extension TestInstallation {
    private func sql(_ bytes: [UInt8]) -> String { Self.blob(bytes) }

    private func number<Entity>(_ id: Identifier<Entity>) -> Int64 { Int64(bitPattern: id.rawValue) }

    private func note(_ methods: AuthenticationMethods, of account: Account) throws {
        try execute(
            "UPDATE account SET factors = factors | CAST(? AS INTEGER) WHERE id = CAST(? AS BIGINT)",
            [methods.rawValue, number(account.id)])
    }

    /// Adds a passkey.
    func addPasskey(to account: Account, _ authenticator: SoftwareAuthenticator) throws {
        let random = OpenSSLRandomSource()
        let id = try Identifier<Factor>(random: random)
        let connection = try connection()
        try connection.execute(
            "UPDATE account SET user_handle = \(sql(try random.bytes(64))) WHERE id = \(number(account.id))")
        try connection.execute(
            """
            INSERT INTO factor (id, account_id, kind, name, created_at, credential_id, public_key, signature_count,
                transports, backup_eligible, backed_up)
            VALUES (\(number(id)), \(number(account.id)), 'passkey', 'Key', 1, \(sql(authenticator.credentialID)),
                \(sql(try authenticator.coseKey())), 0, 'internal', 0, 0)
            """)
        try note(.passkey, of: account)
    }

    /// Adds a set of recovery codes.
    func addRecoveryCodes(to account: Account) throws -> [String] {
        let codes = try RecoveryCode.set(random: OpenSSLRandomSource())
        let connection = try connection()
        for digest in try service.recoveryCodeDigests(codes.map(\.digits), of: account.id) {
            try connection.execute(
                "INSERT INTO recovery_code (account_id, digest) VALUES (\(number(account.id)), \(sql(digest)))")
        }
        try note(.recoveryCode, of: account)
        return codes.map(\.text)
    }

    /// Writes down the proofs on which all sessions of an account rest.
    func setAuthentication(
        of account: Account, _ methods: AuthenticationMethods, age: Int64 = 0, factorAge: Int64? = nil
    ) throws {
        let now = clock.now.secondsSince1970
        try connection().execute(
            """
            UPDATE session SET methods = \(methods.rawValue), authenticated_at = \(now - age),
                second_factor_at = \(factorAge.map { "\(now - $0)" } ?? "NULL")
            WHERE account_id = \(number(account.id))
            """)
    }

    /// Begins a session by the password alone, whatever the account would have to prove at a login.
    func beginPastLogin(_ email: String) throws -> (id: Identifier<Session>, token: String) {
        let random = OpenSSLRandomSource()
        let (id, token) = (try Identifier<Session>(random: random), try BearerToken(.session, random: random))
        let now = clock.now.secondsSince1970
        let account = try service.account(named: email).id
        try connection().execute(
            """
            INSERT INTO session (id, token_hash, account_id, created_at, last_seen, expires_at, address, user_agent)
            VALUES (\(number(id)), \(sql(token.hash.bytes)), \(number(account)), \(now), \(now), \(now + 3600), '', '')
            """)
        return (id, token.text)
    }

    /// Sets the policy of an organization.
    func setPolicy(_ policy: SecondFactorPolicy, of organization: Organization) throws {
        _ = try service.updateOrganization(
            OrganizationForm(secondFactor: policy), by: Caller(.operator(in: organization.id)))
    }
}
