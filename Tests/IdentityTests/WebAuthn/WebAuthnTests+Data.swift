import Cryptography
import JSON
import TestSupport
import Testing

@testable import Identity

/// Client data and authenticator data.
extension WebAuthnTests {
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
            // Nor if the answer around it says otherwise.
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
}
