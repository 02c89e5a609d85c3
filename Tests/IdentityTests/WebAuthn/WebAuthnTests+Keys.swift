import Cryptography
import TestSupport
import Testing

@testable import Identity

/// Keys, attestation and assertions.
extension WebAuthnTests {
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
