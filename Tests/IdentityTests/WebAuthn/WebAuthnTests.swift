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

    private func options(
        _ usage: WebAuthn.Usage = .passkey, excluded: [WebAuthn.Descriptor] = []
    ) -> WebAuthn.CreationOptions {
        WebAuthn.CreationOptions(
            party, user: WebAuthn.User(handle: handle, name: "ann@example.test", displayName: "Ann"),
            challenge: challenge, usage: usage, excluded: excluded)
    }

    private func register(
        _ usage: WebAuthn.Usage = .passkey, excluded: [WebAuthn.Descriptor] = []
    ) throws -> WebAuthn.NewCredential {
        let response = try WebAuthn.RegistrationResponse(json: authenticator.registration(challenge: challenge))
        return try WebAuthn.verifyRegistration(response, of: options(usage, excluded: excluded))
    }

    private func stored(counter: UInt32 = 0) throws -> WebAuthn.StoredCredential {
        WebAuthn.StoredCredential(
            id: authenticator.credentialID, publicKey: try authenticator.coseKey(), signatureCount: counter,
            userHandle: handle)
    }

    private func secondFactor(
        _ verification: WebAuthn.UserVerification = .discouraged, allowed: [[UInt8]]? = nil
    ) throws -> WebAuthn.RequestOptions {
        let allowed = allowed ?? [authenticator.credentialID]
        let options = WebAuthn.RequestOptions(
            party, challenge: challenge, allowed: allowed.map { WebAuthn.Descriptor(id: $0) },
            userVerification: verification)
        return try #require(options)
    }

    private var passkeyLogin: WebAuthn.RequestOptions {
        WebAuthn.RequestOptions(passkeyLogin: party, challenge: challenge)
    }

    private func assert(
        _ options: WebAuthn.RequestOptions? = nil, counter: UInt32 = 0, handle: [UInt8]? = nil
    ) throws -> WebAuthn.Assertion {
        let text = try authenticator.assertion(challenge: challenge, userHandle: handle)
        return try WebAuthn.verifyAssertion(
            try WebAuthn.AuthenticationResponse(json: text), of: options ?? secondFactor(),
            by: try stored(counter: counter))
    }

    // MARK: - What is accepted

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
        // The statement of this format is an array of others (WebAuthn Level 3, "Compound Attestation Statement Format").
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

    // MARK: - Client data

    // lbuchs/WebAuthn#122
    @Test(arguments: [
        "https://auth.example.test.evil.test", "https://evil-auth.example.test", "https://evil.auth.example.test",
        "https://example.test", "https://xauth.example.test", "http://auth.example.test",
        "https://auth.example.test:443", "https://auth.example.test:8443", "https://auth.example.test/",
        "https://AUTH.example.test", "https://auth.example.tes", "https://auth.example.test\u{0}", "auth.example.test",
        "", "null", "https://auth.example.test@evil.test", "https://evil.test/?https://auth.example.test",
        "android:apk-key-hash:AAAA",
    ])
    func `an origin by suffix, prefix or another spelling`(_ origin: String) throws {
        authenticator.origin = origin
        #expect(throws: WebAuthnError.origin(origin)) { try register() }
        #expect(throws: WebAuthnError.origin(origin)) { try assert() }
    }

    // lbuchs/WebAuthn#124
    @Test func `crossOrigin and topOrigin are refused`() throws {
        authenticator.clientDataMembers = []
        #expect(throws: Never.self) { try register() }
        authenticator.clientDataMembers = [("crossOrigin", true)]
        #expect(throws: WebAuthnError.crossOrigin) { try register() }
        #expect(throws: WebAuthnError.crossOrigin) { try assert() }
        for value: JSONValue in ["true", .number(1), .null, [], [:]] {
            authenticator.clientDataMembers = [("crossOrigin", value)]
            #expect(throws: WebAuthnError.clientData) { try register() }
        }
        for value: JSONValue in ["https://auth.example.test", "https://evil.test", .null, ""] {
            authenticator.clientDataMembers = [("crossOrigin", false), ("topOrigin", value)]
            #expect(throws: WebAuthnError.topOrigin) { try register() }
            #expect(throws: WebAuthnError.topOrigin) { try assert() }
        }
    }

    @Test func `client data of the other ceremony, or of another challenge`() throws {
        authenticator.clientDataType = "webauthn.get"
        #expect(throws: WebAuthnError.ceremony) { try register() }
        authenticator.clientDataType = "webauthn.create"
        #expect(throws: WebAuthnError.ceremony) { try assert() }
        authenticator.clientDataType = "payment.get"
        #expect(throws: WebAuthnError.ceremony) { try assert() }
        authenticator.clientDataType = nil
        let others: [[UInt8]] = [
            [], [0], challenge + [0], Array(challenge.dropLast()), [challenge[0] ^ 1] + challenge.dropFirst(),
        ]
        for other in others {
            let text = try authenticator.registration(challenge: other)
            #expect(throws: WebAuthnError.challenge) {
                try WebAuthn.verifyRegistration(WebAuthn.RegistrationResponse(json: text), of: options())
            }
            let assertion = try authenticator.assertion(challenge: other)
            #expect(throws: WebAuthnError.challenge) {
                try WebAuthn.verifyAssertion(
                    WebAuthn.AuthenticationResponse(json: assertion), of: secondFactor(), by: stored())
            }
        }
    }

    @Test func `client data on which parsers disagree are refused`() throws {
        let origin = party.origin
        let good = #"{"type":"webauthn.create","challenge":"\#(Base64.url(challenge))","origin":"\#(origin)"}"#
        func check(_ text: String) throws(WebAuthnError) {
            _ = try WebAuthn.ClientData(
                Array(text.utf8), for: .registration, challenge: challenge, from: origin)
        }
        #expect(throws: Never.self) { try check(good) }
        // The grammar has white space and escapes.
        #expect(throws: Never.self) {
            try check(" " + good.replacing(":", with: " : ").replacing("https : ", with: "https:"))
        }
        #expect(throws: Never.self) { try check(good.replacing("webauthn", with: #"\u0077ebauthn"#)) }
        let body = good.dropLast()
        for text in [
            body + #","origin":"\#(origin)"}"#, body + #","crossOrigin":true,"crossOrigin":false}"#, String(body),
            good + good, "\u{FEFF}" + good, "[\(good)]", "null", "", "\"\(origin)\"", good + "\0",
            good.replacing("\"origin\"", with: "\"Origin\""), good.replacing("\"type\"", with: "\"typ\""),
            good.replacing("\"https", with: "[\"https").replacing(".test\"", with: ".test\"]"),
        ] {
            #expect(throws: WebAuthnError.clientData, "\(text)") { try check(String(text)) }
        }
        #expect(throws: WebAuthnError.challenge) {
            try check(good.replacing(Base64.url(challenge), with: Base64.url(challenge) + "="))
        }
    }

    // MARK: - Authenticator data

    @Test func `another relying party`() throws {
        for other in ["example.test", "auth.example.test.", "AUTH.example.test", "https://auth.example.test", ""] {
            authenticator.relyingParty = other
            #expect(throws: WebAuthnError.relyingParty) { try register() }
            #expect(throws: WebAuthnError.relyingParty) { try assert() }
        }
    }

    // keycloak#49133 (CVE-2026-8830)
    @Test func `a user who is not present, or not verified where the options ask for it`() throws {
        authenticator.flags = 0x04
        #expect(throws: WebAuthnError.userNotPresent) { try register() }
        #expect(throws: WebAuthnError.userNotPresent) { try assert() }
        authenticator.flags = 0x01
        #expect(throws: WebAuthnError.userNotVerified) { try register(.passkey) }
        #expect(try !register(.securityKey).isUserVerified)
        #expect(throws: WebAuthnError.userNotVerified) { try assert(secondFactor(.required)) }
        for verification in [WebAuthn.UserVerification.preferred, .discouraged] {
            #expect(try !assert(secondFactor(verification)).isUserVerified)
        }
    }

    // voidauth#361, golang/go#80663
    @Test func `a key without user verification never logs in without a password`() throws {
        authenticator.flags = 0x01
        #expect(throws: WebAuthnError.userNotVerified) { try assert(passkeyLogin, handle: handle.bytes) }
        authenticator.flags = 0x05
        #expect(try assert(passkeyLogin, handle: handle.bytes).isUserVerified)
    }

    @Test func `an account without credentials has no second factor to ask for, and no login by any passkey instead`() {
        for verification in [WebAuthn.UserVerification.required, .preferred, .discouraged] {
            let options = WebAuthn.RequestOptions(
                party, challenge: challenge, allowed: [], userVerification: verification)
            #expect(options == nil)
        }
        #expect(passkeyLogin.allowed.isEmpty && passkeyLogin.userVerification == .required)
    }

    // lbuchs/WebAuthn#128
    @Test func `a credential that is backed up and may not be`() throws {
        for flags: UInt8 in [0x15, 0x11] {
            authenticator.flags = flags
            #expect(throws: WebAuthnError.backedUpNotEligible) { try register(.securityKey) }
            #expect(throws: WebAuthnError.backedUpNotEligible) { try assert() }
        }
    }

    @Test func `authenticator data have exactly the length that they tell`() throws {
        authenticator.trailer = [0]
        #expect(throws: WebAuthnError.authenticatorData) { try register() }
        #expect(throws: WebAuthnError.authenticatorData) { try assert() }
        // Extensions without their flag.
        authenticator.trailer = [0xA0]
        #expect(throws: WebAuthnError.authenticatorData) { try register() }
        #expect(throws: WebAuthnError.authenticatorData) { try assert() }
        authenticator.trailer = []
        authenticator.flags |= 0x80
        #expect(throws: WebAuthnError.extensions(.tooShort)) { try register() }
        #expect(throws: WebAuthnError.extensions(.tooShort)) { try assert() }
        authenticator.flags &= 0x7F
        let data = [UInt8](SHA256.digest(of: party.id)) + [5, 0, 0, 0, 0]
        #expect(throws: Never.self) { try WebAuthn.AuthenticatorData(data[...]) }
        for count in 0..<data.count {
            #expect(throws: WebAuthnError.authenticatorData) { try WebAuthn.AuthenticatorData(data[..<count]) }
        }
    }

    @Test func `extensions are a map of strict CBOR`() throws {
        for extensions: ([UInt8], CBORError?) in [
            ([0x80], nil), ([0x00], nil), ([0xBF, 0xFF], .indefiniteLength), ([0xA1, 1, 0xF9, 0, 0], .simpleValue),
            ([0xA2, 1, 0, 1, 0], .repeatedKey), ([0xA1, 1, 0x81, 0x81, 0x81, 0x81, 0], .tooDeep),
            ([0xA1, 1, 0x5B, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF], .tooShort),
            ([0xA1, 1, 0x18, 1], .notShortest),
        ] {
            authenticator.extensions = extensions.0
            #expect(throws: WebAuthnError.extensions(extensions.1)) { try register() }
            #expect(throws: WebAuthnError.extensions(extensions.1)) { try assert() }
        }
        authenticator.extensions = [0xA0, 0x00]
        #expect(throws: WebAuthnError.authenticatorData) { try assert() }
    }

    @Test func `a registration has a credential, and an assertion none`() throws {
        let data = SHA256.digest(of: party.id) + [5, 0, 0, 0, 0]
        let object = CBORText.map([
            (CBORText.text("fmt"), CBORText.text("none")), (CBORText.text("attStmt"), CBORText.map([])),
            (CBORText.text("authData"), CBORText.bytes(data)),
        ])
        let good = try WebAuthn.RegistrationResponse(json: authenticator.registration(challenge: challenge))
        let response = WebAuthn.RegistrationResponse(
            credentialID: good.credentialID, clientData: good.clientData, attestationObject: object)
        #expect(throws: WebAuthnError.attestedCredential) { try WebAuthn.verifyRegistration(response, of: options()) }
        authenticator.flags |= 0x40
        #expect(throws: WebAuthnError.attestedCredential) { try assert() }
    }

    @Test func `an identifier has at most 1,023 bytes`() throws {
        for count in [1, 16, 255, 256, 1023] {
            authenticator.credentialID = [UInt8](repeating: 7, count: count)
            #expect(try register().id.count == count)
            #expect(try assert().credentialID.count == count)
        }
        for count in [0, 1024, 2000] {
            authenticator.credentialID = [UInt8](repeating: 7, count: count)
            #expect(throws: WebAuthnError.member("id")) { try register() }
            #expect(throws: WebAuthnError.member("id")) { try assert() }
            // Nor where the answer around it says otherwise.
            let good = try SoftwareAuthenticator()
            let object = try Self.attestationObject(in: authenticator.registration(challenge: challenge))
            let other = try WebAuthn.RegistrationResponse(json: good.registration(challenge: challenge))
            let response = WebAuthn.RegistrationResponse(
                credentialID: other.credentialID, clientData: other.clientData, attestationObject: object)
            #expect(throws: WebAuthnError.credentialID) { try WebAuthn.verifyRegistration(response, of: options()) }
        }
    }

    /// The bytes of a member of an answer.
    private static func attestationObject(in text: [UInt8]) throws -> [UInt8] {
        let start = try #require(text.firstRange(of: Array(#""attestationObject":""#.utf8))).upperBound
        return try #require(Base64.decode(text[start...].prefix { $0 != UInt8(ascii: "\"") }, .url))
    }

    @Test func `the identifier of the answer is that of the authenticator`() throws {
        let response = try WebAuthn.RegistrationResponse(json: authenticator.registration(challenge: challenge))
        let other = WebAuthn.RegistrationResponse(
            credentialID: [1, 2, 3], clientData: response.clientData, attestationObject: response.attestationObject)
        #expect(throws: WebAuthnError.credentialID) { try WebAuthn.verifyRegistration(other, of: options()) }
    }

    // MARK: - Keys and statements

    // keycloak#49133 (CVE-2026-8830)
    @Test func `an excluded credential is refused by the server`() throws {
        let own = WebAuthn.Descriptor(id: authenticator.credentialID)
        #expect(throws: Never.self) { try register(excluded: [WebAuthn.Descriptor(id: [1]), .init(id: [])]) }
        #expect(throws: WebAuthnError.excludedCredential) { try register(excluded: [.init(id: [1]), own]) }
    }

    // keycloak#49133 (CVE-2026-8830)
    @Test(arguments: [-35, -36, -53, -38, -47, -65535, 0, 5])
    func `an algorithm that was not offered is refused by the server`(_ number: Int) throws {
        var key = try authenticator.coseKey()
        // {1: 2, 3: -7, …}
        key.replaceSubrange(4...4, with: CBORText.integer(number))
        authenticator.publicKey = key
        #expect(throws: WebAuthnError.algorithmNotOffered(number)) { try register() }
    }

    @Test func `a public key that is no key`() throws {
        var key = try authenticator.coseKey()
        key[key.count - 1] ^= 1
        authenticator.publicKey = key
        #expect(throws: WebAuthnError.publicKey(.notOnCurve)) { try register() }
        for (bytes, error): ([UInt8], WebAuthnError) in [
            ([], .publicKeyEncoding(.tooShort)), ([0xA0], .publicKey(.malformed)), ([0x00], .publicKey(.malformed)),
            ([0xBF, 0xFF], .publicKeyEncoding(.indefiniteLength)),
            (try authenticator.coseKey() + [0xA0], .authenticatorData),
        ] {
            authenticator.publicKey = bytes
            #expect(throws: error) { try register() }
        }
    }

    @Test func `attestation objects are strict CBOR with three members`() throws {
        func check(_ entries: [(String, [UInt8])]) throws(WebAuthnError) {
            _ = try WebAuthn.AttestationObject(CBORText.map(entries.map { (CBORText.text($0), $1) }))
        }
        let (format, statement) = (CBORText.text("none"), CBORText.map([]))
        let data = CBORText.bytes([1])
        #expect(throws: Never.self) { try check([("authData", data), ("attStmt", statement), ("fmt", format)]) }
        for entries in [
            [("fmt", format), ("attStmt", statement)], [("fmt", format), ("authData", data)],
            [("attStmt", statement), ("authData", data)],
            [("fmt", format), ("attStmt", statement), ("authData", data), ("epAtt", [0xF5])],
            [("fmt", data), ("attStmt", statement), ("authData", data)],
            [("fmt", format), ("attStmt", statement), ("authData", format)],
        ] {
            #expect(throws: WebAuthnError.attestationObject(nil)) { try check(entries) }
        }
        let good = CBORText.map([
            (CBORText.text("fmt"), format), (CBORText.text("attStmt"), statement), (CBORText.text("authData"), data),
        ])
        for (bytes, error): ([UInt8], CBORError) in [
            ([], .tooShort), (good + [0], .trailingBytes), (Array(good.dropLast()), .tooShort),
            ([0xBF] + good.dropFirst() + [0xFF], .indefiniteLength), ([0xD9, 0xD9, 0xF7] + good, .tag),
            ([UInt8](repeating: 0x81, count: 12000), .tooDeep), ([0xB8, 0xFF], .tooShort),
            ([0xF9, 0, 0], .simpleValue),
            (CBORText.map([(CBORText.text("fmt"), format), (CBORText.text("fmt"), format)]), .repeatedKey),
        ] {
            #expect(throws: WebAuthnError.attestationObject(error)) { try WebAuthn.AttestationObject(bytes) }
        }
    }

    @Test func `the statement of none is empty, and that of packed its own`() throws {
        authenticator.statement = CBORText.map([(CBORText.text("sig"), CBORText.bytes([1]))])
        #expect(throws: WebAuthnError.attestationStatement) { try register() }
        authenticator.format = "packed"
        let (alg, sig) = (CBORText.text("alg"), CBORText.text("sig"))
        for statement in [
            CBORText.map([]), CBORText.map([(alg, CBORText.integer(-7))]), CBORText.map([(sig, CBORText.bytes([1]))]),
            CBORText.map([(alg, CBORText.integer(-8)), (sig, CBORText.bytes([1]))]),
            CBORText.map([(alg, CBORText.integer(-7)), (sig, CBORText.text("1"))]),
            CBORText.map([(alg, CBORText.integer(-7)), (sig, CBORText.bytes([1])), (CBORText.text("a"), [0])]),
            CBORText.map([(alg, CBORText.integer(-7)), (sig, CBORText.bytes([UInt8](repeating: 1, count: 513)))]),
        ] {
            authenticator.statement = statement
            #expect(throws: WebAuthnError.attestationStatement) { try register() }
        }
        authenticator.statement = CBORText.map([(alg, CBORText.integer(-7)), (sig, CBORText.bytes([]))])
        #expect(throws: WebAuthnError.signature) { try register() }
        let other = try SoftwareAuthenticator().sign([1])
        authenticator.statement = CBORText.map([(alg, CBORText.integer(-7)), (sig, CBORText.bytes(other))])
        #expect(throws: WebAuthnError.signature) { try register() }
    }

    // MARK: - Assertions

    @Test func `the signature of another key, or of other data`() throws {
        let other = try SoftwareAuthenticator()
        other.credentialID = authenticator.credentialID
        let text = try other.assertion(challenge: challenge)
        #expect(throws: WebAuthnError.signature) {
            try WebAuthn.verifyAssertion(WebAuthn.AuthenticationResponse(json: text), of: secondFactor(), by: stored())
        }
        // A counter that was raised, and a user who was verified, after the fact.
        let good = try WebAuthn.AuthenticationResponse(json: authenticator.assertion(challenge: challenge))
        for (index, bit): (Int, UInt8) in [(36, 1), (32, 0x08), (32, 0x04)] {
            var data = good.authenticatorData
            data[index] ^= bit
            let response = WebAuthn.AuthenticationResponse(
                credentialID: good.credentialID, clientData: good.clientData, authenticatorData: data,
                signature: good.signature)
            #expect(throws: WebAuthnError.signature) {
                try WebAuthn.verifyAssertion(response, of: secondFactor(), by: stored())
            }
        }
    }

    @Test func `a credential that is not allowed, or not the stored one`() throws {
        let others = try secondFactor(allowed: [[1], [2]])
        #expect(throws: WebAuthnError.credentialNotAllowed) { try assert(others) }
        let response = try WebAuthn.AuthenticationResponse(json: authenticator.assertion(challenge: challenge))
        let another = WebAuthn.StoredCredential(
            id: [1], publicKey: try authenticator.coseKey(), signatureCount: 0, userHandle: handle)
        #expect(throws: WebAuthnError.credentialNotAllowed) {
            try WebAuthn.verifyAssertion(response, of: secondFactor(), by: another)
        }
    }

    @Test func `the handle is that of the account, and named where nothing else names it`() throws {
        let other = try WebAuthn.UserHandle(random: OpenSSLRandomSource())
        #expect(throws: Never.self) { try assert(handle: nil) }
        #expect(throws: Never.self) { try assert(handle: handle.bytes) }
        #expect(throws: WebAuthnError.userHandle) { try assert(handle: other.bytes) }
        #expect(throws: WebAuthnError.userHandle) { try assert(handle: Array(handle.bytes.dropLast())) }
        #expect(throws: WebAuthnError.userHandle) { try assert(passkeyLogin, handle: nil) }
        #expect(throws: WebAuthnError.userHandle) { try assert(passkeyLogin, handle: other.bytes) }
        #expect(throws: Never.self) { try assert(passkeyLogin, handle: handle.bytes) }
    }

    @Test(arguments: [
        (UInt32(0), UInt32(0), WebAuthn.Counter.unused), (0, 1, .advanced), (5, 6, .advanced), (5, 500, .advanced),
        (5, 5, .wentBack(from: 5)), (5, 4, .wentBack(from: 5)), (5, 0, .wentBack(from: 5)),
        (.max - 1, .max, .advanced), (.max, .max, .wentBack(from: .max)), (.max, 0, .wentBack(from: .max)),
    ])
    func `the course of the counter is told, and nothing refused for it`(
        _ before: UInt32, _ after: UInt32, _ course: WebAuthn.Counter
    ) throws {
        authenticator.counter = after
        let assertion = try assert(counter: before)
        #expect(assertion.counter == course && assertion.signatureCount == after)
    }

    @Test func `a stored key that is damaged is an error of its own`() throws {
        let response = try WebAuthn.AuthenticationResponse(json: authenticator.assertion(challenge: challenge))
        let key = try authenticator.coseKey()
        for (bytes, error): ([UInt8], WebAuthnError) in [
            ([], .publicKeyEncoding(.tooShort)), (key + [0], .publicKeyEncoding(.trailingBytes)),
            ([0xA0], .publicKey(.malformed)),
        ] {
            let stored = WebAuthn.StoredCredential(
                id: authenticator.credentialID, publicKey: bytes, signatureCount: 0, userHandle: handle)
            #expect(throws: error) { try WebAuthn.verifyAssertion(response, of: secondFactor(), by: stored) }
        }
    }

    @Test func `each cause has a word for the audit log, in which nothing of the caller stands`() {
        let origin = WebAuthnError.origin("https://evil.test")
        #expect(origin.cause == "origin")
        #expect(WebAuthnError.member("x").cause == "malformed")
        #expect(WebAuthnError.signature.cause == "signature")
    }
}
