import Cryptography
import JSON
import TestSupport
import Testing

@testable import Identity

/// Both ceremonies with a security key in software, of which each test changes something.
struct WebAuthnTests {
    let party: WebAuthn.RelyingParty
    let handle: WebAuthn.UserHandle
    let challenge: [UInt8]
    let authenticator: SoftwareAuthenticator

    init() throws {
        party = try #require(WebAuthn.RelyingParty(origin: "https://auth.example.test", name: "Example"))
        handle = try WebAuthn.UserHandle(random: OpenSSLRandomSource())
        challenge = try OpenSSLRandomSource().bytes(WebAuthn.challengeLength)
        authenticator = try SoftwareAuthenticator()
    }

    func options(
        _ usage: WebAuthn.Usage = .passkey, excluded: [WebAuthn.Descriptor] = []
    ) -> WebAuthn.CreationOptions {
        WebAuthn.CreationOptions(
            party, user: WebAuthn.User(handle: handle, name: "ann@example.test", displayName: "Ann"),
            challenge: challenge, usage: usage, excluded: excluded)
    }

    func register(
        _ usage: WebAuthn.Usage = .passkey, excluded: [WebAuthn.Descriptor] = []
    ) throws -> WebAuthn.NewCredential {
        let response = try WebAuthn.RegistrationResponse(json: authenticator.registration(challenge: challenge))
        return try WebAuthn.verifyRegistration(response, of: options(usage, excluded: excluded))
    }

    func stored(counter: UInt32 = 0) throws -> WebAuthn.StoredCredential {
        WebAuthn.StoredCredential(
            id: authenticator.credentialID, publicKey: try authenticator.coseKey(), signatureCount: counter,
            userHandle: handle)
    }

    func secondFactor(
        _ verification: WebAuthn.UserVerification = .discouraged, allowed: [[UInt8]]? = nil
    ) throws -> WebAuthn.RequestOptions {
        let allowed = allowed ?? [authenticator.credentialID]
        let options = WebAuthn.RequestOptions(
            party, challenge: challenge, allowed: allowed.map { WebAuthn.Descriptor(id: $0) },
            userVerification: verification)
        return try #require(options)
    }

    var passkeyLogin: WebAuthn.RequestOptions {
        WebAuthn.RequestOptions(passkeyLogin: party, challenge: challenge)
    }

    func assert(
        _ options: WebAuthn.RequestOptions? = nil, counter: UInt32 = 0, handle: [UInt8]? = nil
    ) throws -> WebAuthn.Assertion {
        let text = try authenticator.assertion(challenge: challenge, userHandle: handle)
        return try WebAuthn.verifyAssertion(
            try WebAuthn.AuthenticationResponse(json: text), of: options ?? secondFactor(),
            by: try stored(counter: counter))
    }

    @Test(arguments: SignatureAlgorithm.allCases)
    func `a credential of each algorithm that is offered is made, and logs in`(_ algorithm: SignatureAlgorithm) throws {
        #expect(WebAuthn.algorithms.map(\.rawValue) == [-8, -7, -257])
        let authenticator = try SoftwareAuthenticator(algorithm)
        for format in ["none", "packed"] {
            authenticator.format = format
            let response = try WebAuthn.RegistrationResponse(json: authenticator.registration(challenge: challenge))
            let credential = try WebAuthn.verifyRegistration(response, of: options())
            #expect(credential.algorithm == algorithm)
            #expect(credential.attestation == (format == "none" ? .none : .packedSelf))
            #expect(credential.publicKey == (try authenticator.coseKey()))
            #expect(credential.publicKey.count < 600)
            #expect(credential.transports == ["internal", "hybrid"])
            #expect(credential.isUserVerified && !credential.isBackupEligible && !credential.isBackedUp)
        }
        let text = try authenticator.assertion(challenge: challenge, userHandle: handle.bytes)
        let response = try WebAuthn.AuthenticationResponse(json: text)
        #expect(response.challenge == challenge && response.userHandle == handle.bytes)
        let stored = WebAuthn.StoredCredential(
            id: authenticator.credentialID, publicKey: try authenticator.coseKey(), signatureCount: 0,
            userHandle: handle)
        #expect(try WebAuthn.verifyAssertion(response, of: passkeyLogin, by: stored).isUserVerified)
    }

    @Test func `extensions that nobody asked for are passed over`() throws {
        authenticator.extensions = CBORText.map([(CBORText.text("credProtect"), CBORText.integer(2))])
        #expect(throws: Never.self) { try register() }
        #expect(throws: Never.self) { try assert() }
        authenticator.clientDataMembers += [("other_keys_can_be_added_here", "do not compare clientDataJSON")]
        #expect(throws: Never.self) { try register() }
    }

    // supabase/auth#2732, keepassxc#13239
    @Test func `a passkey that becomes backed up, or one no more, still logs in`() throws {
        for flags: UInt8 in [0x05, 0x0D, 0x1D, 0x0D, 0x05] {
            authenticator.flags = flags
            let assertion = try assert()
            #expect(assertion.isBackupEligible == (flags & 0x08 != 0))
            #expect(assertion.isBackedUp == (flags & 0x10 != 0))
        }
        authenticator.flags = 0x1D
        let credential = try register()
        #expect(credential.isBackupEligible && credential.isBackedUp)
    }

    @Test func `reserved flags are of no account`() throws {
        authenticator.flags = 0x05 | 0x02 | 0x20
        #expect(throws: Never.self) { try register() }
        #expect(throws: Never.self) { try assert() }
    }

    @Test func `attestation that nothing here checks is taken as none`() throws {
        let certificate = CBORText.array([CBORText.bytes([0x30, 0])])
        for format in ["packed", "tpm", "android-key", "apple", "fido-u2f", "android-safetynet", "compound", "new"] {
            authenticator.format = format
            authenticator.statement = CBORText.map([
                (CBORText.text("alg"), CBORText.integer(-7)), (CBORText.text("sig"), CBORText.bytes([1])),
                (CBORText.text("x5c"), certificate),
            ])
            #expect(try register().attestation == .none, "\(format)")
        }
        // The statement of this format is an array of others (WebAuthn Level 3, "Compound Attestation").
        let part = CBORText.map([
            (CBORText.text("fmt"), CBORText.text("packed")),
            (
                CBORText.text("attStmt"),
                CBORText.map([
                    (CBORText.text("alg"), CBORText.integer(-7)), (CBORText.text("sig"), CBORText.bytes([1])),
                ])
            ),
        ])
        authenticator.format = "compound"
        authenticator.statement = CBORText.array([part, part])
        #expect(try register().attestation == .none)
        authenticator.format = "new"
        for form in [CBORText.array([]), [0x40], CBORText.integer(0)] {
            authenticator.statement = form
            #expect(try register().attestation == .none)
        }
    }

    @Test func `a statement with more levels than an authenticator may send is refused, whatever its format`() throws {
        let part = CBORText.map([
            (CBORText.text("fmt"), CBORText.text("packed")),
            (
                CBORText.text("attStmt"),
                CBORText.map([(CBORText.text("x5c"), CBORText.array([CBORText.bytes([0x30, 0])]))])
            ),
        ])
        authenticator.format = "compound"
        authenticator.statement = CBORText.array([part])
        #expect(throws: WebAuthnError.attestationObject(.tooDeep)) { try register() }
    }

    @Test(arguments: ["none", "packed"])
    func `a statement of the formats that are checked is a map`(_ format: String) throws {
        authenticator.format = format
        for form in [CBORText.array([]), [0x40], CBORText.integer(0)] {
            authenticator.statement = form
            #expect(throws: WebAuthnError.attestationStatement) { try register() }
        }
    }
}
