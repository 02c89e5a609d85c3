import Cryptography
import JSON
import TestSupport
import Testing

@testable import Identity

/// The options as they are given out, the answers as they are read, and the parts of both.
struct WebAuthnFormTests {
    /// Bytes that count up, so that a text can be written down.
    struct Counting: RandomSource {
        let start: UInt8

        func bytes(_ count: Int) -> [UInt8] { (0..<count).map { start &+ UInt8(truncatingIfNeeded: $0) } }
    }

    static func options(_ usage: WebAuthn.Usage) throws -> WebAuthn.CreationOptions {
        WebAuthn.CreationOptions(
            try #require(WebAuthn.RelyingParty(origin: "https://auth.example.test", name: "Example")),
            user: WebAuthn.User(
                handle: try WebAuthn.UserHandle(random: Counting(start: 0)), name: "ann@example.test",
                displayName: "Ann Lee"),
            challenge: Counting(start: 100).bytes(32), usage: usage,
            excluded: [
                WebAuthn.Descriptor(id: [1, 2, 3, 255], transports: ["usb", "nfc"]), WebAuthn.Descriptor(id: [4]),
            ])
    }

    @Test func `options of a passkey ask for its keeping and its user's verification`() throws {
        let text = String(decoding: try Self.options(.passkey).json.utf8, as: UTF8.self)
        let handle = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8gISIjJCUmJygpKissLS4vMDEyMzQ1Njc4OTo7PD0-Pw"
        #expect(
            text == #"{"rp":{"id":"auth.example.test","name":"Example"},"#
                + #""user":{"id":"\#(handle)","name":"ann@example.test","displayName":"Ann Lee"},"#
                + #""challenge":"ZGVmZ2hpamtsbW5vcHFyc3R1dnd4eXp7fH1-f4CBgoM","#
                + #""pubKeyCredParams":[{"type":"public-key","alg":-8},{"type":"public-key","alg":-7},"#
                + #"{"type":"public-key","alg":-257}],"timeout":300000,"#
                + #""excludeCredentials":[{"type":"public-key","id":"AQID_w","transports":["usb","nfc"]},"#
                + #"{"type":"public-key","id":"BA"}],"authenticatorSelection":{"residentKey":"required","#
                + #""requireResidentKey":true,"userVerification":"required"},"hints":[],"attestation":"none"}"#)
    }

    @Test func `options of a security key ask for neither`() throws {
        let text = String(decoding: try Self.options(.securityKey).json.utf8, as: UTF8.self)
        #expect(
            text.contains(
                #""authenticatorSelection":{"authenticatorAttachment":"cross-platform","residentKey":"discouraged","#
                    + #""requireResidentKey":false,"userVerification":"discouraged"},"hints":["security-key"]"#))
        #expect(WebAuthn.Usage(rawValue: "security_key") == .securityKey)
        #expect(WebAuthn.Usage(rawValue: "passkey") == .passkey)
    }

    @Test func `options of a login name credentials, and of one by a passkey none`() throws {
        let party = try #require(WebAuthn.RelyingParty(origin: "https://auth.example.test", name: "Example"))
        let second = try #require(
            WebAuthn.RequestOptions(
                party, challenge: [1, 2, 3], allowed: [.init(id: [255, 254], transports: ["hybrid"])],
                userVerification: .preferred))
        #expect(
            String(decoding: second.json.utf8, as: UTF8.self)
                == #"{"challenge":"AQID","timeout":300000,"rpId":"auth.example.test","allowCredentials":["#
                + #"{"type":"public-key","id":"__4","transports":["hybrid"]}],"userVerification":"preferred"}"#)
        let alone = WebAuthn.RequestOptions(passkeyLogin: party, challenge: [1, 2, 3])
        #expect(
            String(decoding: alone.json.utf8, as: UTF8.self)
                == #"{"challenge":"AQID","timeout":300000,"rpId":"auth.example.test","allowCredentials":[],"#
                + #""userVerification":"required"}"#)
    }

    @Test func `the relying party is the host of the origin`() {
        for (origin, id) in [
            ("https://auth.example.org", "auth.example.org"), ("https://auth.example.org:8443", "auth.example.org"),
            ("http://localhost", "localhost"), ("http://localhost:8080", "localhost"),
            ("http://a.localhost:1", "a.localhost"), ("https://xn--bcher-kva.example", "xn--bcher-kva.example"),
            ("https://intranet", "intranet"),
        ] {
            let party = WebAuthn.RelyingParty(origin: origin, name: "")
            #expect(party?.id == id && party?.origin == origin)
        }
        for origin in [
            "", "https://", "https://192.0.2.1", "https://[2001:db8::1]", "http://example.org", "http://127.0.0.1",
            "ftp://example.org", "example.org", "https://a..b", "https://.a", "https://a/b", "https://A.example",
            "https://b\u{FC}cher.example", "https://a b", "https://user@example.org",
        ] {
            #expect(WebAuthn.RelyingParty(origin: origin, name: "") == nil, "\(origin)")
        }
    }

    @Test func `a handle has 64 random bytes`() throws {
        let handle = try WebAuthn.UserHandle(random: OpenSSLRandomSource())
        #expect(handle.bytes.count == 64)
        #expect(try handle != WebAuthn.UserHandle(random: OpenSSLRandomSource()))
        #expect(WebAuthn.UserHandle(stored: handle.bytes) == handle)
        for count in [0, 63, 65] {
            #expect(WebAuthn.UserHandle(stored: [UInt8](repeating: 0, count: count)) == nil)
        }
    }

    // MARK: - Answers

    private static let registration =
        #"{"id":"AQID","rawId":"AQID","type":"public-key","response":{"clientDataJSON":"e30","#
        + #""attestationObject":"oA","transports":["usb"]},"clientExtensionResults":{},"new":[1]}"#
    private static let assertion =
        #"{"id":"AQID","rawId":"AQID","type":"public-key","response":{"clientDataJSON":"e30","#
        + #""authenticatorData":"AA","signature":"MA","userHandle":"CQ"}}"#

    private func read(_ text: String) throws(WebAuthnError) -> WebAuthn.RegistrationResponse {
        try WebAuthn.RegistrationResponse(json: Array(text.utf8))
    }

    private func readAssertion(_ text: String) throws(WebAuthnError) -> WebAuthn.AuthenticationResponse {
        try WebAuthn.AuthenticationResponse(json: Array(text.utf8))
    }

    @Test func `answers are read, with members that nothing here uses`() throws {
        let registration = try read(Self.registration)
        #expect(registration.credentialID == [1, 2, 3] && registration.transports == ["usb"])
        #expect(registration.clientData == Array("{}".utf8) && registration.attestationObject == [0xA0])
        let assertion = try readAssertion(Self.assertion)
        #expect(assertion.credentialID == [1, 2, 3] && assertion.signature == [0x30])
        #expect(assertion.authenticatorData == [0] && assertion.userHandle == [9])
        for handle in ["", #","userHandle":null"#] {
            let text = Self.assertion.replacing(#","userHandle":"CQ""#, with: handle)
            #expect(try readAssertion(text).userHandle == nil)
        }
    }

    @Test func `an answer may stand in a larger text`() throws {
        let text = Array(#"{"name":"Key","credential":\#(Self.registration)}"#.utf8)
        guard case .object(let members) = try JSONParser.parse(text.span),
            let node = members[Array("credential".utf8)]
        else {
            Issue.record("no object")
            return
        }
        #expect(try WebAuthn.RegistrationResponse(node, in: text) == read(Self.registration))
        #expect(throws: WebAuthnError.member("")) { try WebAuthn.AuthenticationResponse(.null, in: text) }
    }

    @Test(arguments: [
        ("\"AQID\"", "\"AQJ\"", "id"), ("\"AQID\"", "\"\"", "id"), ("\"AQID\"", "\"AQID=\"", "id"),
        ("\"AQID\"", "\"AQ D\"", "id"), ("\"AQID\"", "\"AQ+D\"", "id"), ("\"AQID\"", "\"AQ/D\"", "id"),
        ("\"AQID\"", "1", "id"), ("\"AQID\"", "null", "id"), ("\"AQID\"", "[\"AQID\"]", "id"),
        ("\"rawId\":\"AQID\"", "\"rawId\":\"AQIE\"", "rawId"), ("\"rawId\":\"AQID\",", "", "rawId"),
        ("\"id\":\"AQID\",", "", "id"), ("public-key", "public-keys", "type"), ("public-key", "", "type"),
        ("\"type\":\"public-key\",", "", "type"), ("\"response\"", "\"responses\"", "response"),
        ("\"clientDataJSON\":\"e30\"", "\"clientDataJSON\":\"e31\"", "clientDataJSON"),
        ("\"clientDataJSON\":\"e30\"", "\"clientDataJSON\":\"\"", "clientDataJSON"),
        ("\"clientDataJSON\":\"e30\"", "\"clientDataJSON\":\"e30=\"", "clientDataJSON"),
        ("\"clientDataJSON\":\"e30\"", "\"clientDataJSON\":{}", "clientDataJSON"),
        ("\"oA\"", "\"oB\"", "attestationObject"), ("\"oA\"", "\"o\"", "attestationObject"),
        ("\"oA\"", "\"oA\\n\"", "attestationObject"), ("\"oA\"", "null", "attestationObject"),
        ("[\"usb\"]", "\"usb\"", "transports"), ("[\"usb\"]", "[1]", "transports"), ("[\"usb\"]", "{}", "transports"),
    ])
    func `a member that is wrong is named`(_ old: String, _ new: String, _ name: String) {
        #expect(throws: WebAuthnError.member(name)) { try read(Self.registration.replacing(old, with: new)) }
    }

    @Test(arguments: [
        ("\"MA\"", "\"\"", "signature"), ("\"MA\"", "\"M\"", "signature"), ("\"AA\"", "\"AB\"", "authenticatorData"),
        ("\"AA\"", "null", "authenticatorData"), ("\"CQ\"", "\"\"", "userHandle"), ("\"CQ\"", "7", "userHandle"),
        ("\"CQ\"", "\"" + String(repeating: "A", count: 88) + "\"", "userHandle"),
    ])
    func `a member of an assertion that is wrong is named`(_ old: String, _ new: String, _ name: String) {
        #expect(throws: WebAuthnError.member(name)) { try readAssertion(Self.assertion.replacing(old, with: new)) }
    }

    @Test func `every length is bounded before its bytes are read`() throws {
        func digits(_ count: Int) -> String { Base64.url([UInt8](repeating: 0, count: count)) }
        func text(_ old: String, _ count: Int, in text: String) -> String {
            text.replacing(old, with: "\"\(digits(count))\"")
        }
        #expect(try read(text("\"AQID\"", 1023, in: Self.registration)).credentialID.count == 1023)
        #expect(throws: WebAuthnError.member("id")) { try read(text("\"AQID\"", 1024, in: Self.registration)) }
        #expect(throws: Never.self) { try read(text("\"e30\"", 4096, in: Self.registration)) }
        #expect(throws: WebAuthnError.member("clientDataJSON")) {
            try read(text("\"e30\"", 4097, in: Self.registration))
        }
        #expect(throws: WebAuthnError.member("attestationObject")) {
            try WebAuthn.RegistrationResponse(
                Self.node(text("\"oA\"", 12289, in: Self.registration)),
                in: Array(text("\"oA\"", 12289, in: Self.registration).utf8))
        }
        #expect(throws: WebAuthnError.member("authenticatorData")) {
            try readAssertion(text("\"AA\"", 2049, in: Self.assertion))
        }
        #expect(throws: WebAuthnError.member("signature")) {
            try readAssertion(text("\"MA\"", 513, in: Self.assertion))
        }
        #expect(try readAssertion(text("\"CQ\"", 64, in: Self.assertion)).userHandle?.count == 64)
        let long = Self.registration + String(repeating: " ", count: WebAuthn.maximumResponseLength)
        #expect(throws: WebAuthnError.notJSON(nil)) { try read(long) }
    }

    private static func node(_ text: String) throws(WebAuthnError) -> JSONParser.Node {
        do { return try JSONParser.parse(Array(text.utf8).span) } catch { throw .notJSON(error) }
    }

    @Test func `what is not one JSON object is refused`() {
        for text in ["", "{", Self.registration + "x", "\u{FEFF}" + Self.registration] {
            #expect(throws: WebAuthnError.self, "\(text)") { try read(text) }
        }
        let twice = Self.registration.replacing("\"id\":\"AQID\"", with: "\"id\":\"AQID\",\"id\":\"AQID\"")
        #expect(throws: WebAuthnError.notJSON(.repeatedName)) { try read(twice) }
        #expect(throws: WebAuthnError.member("")) { try read("[]") }
        #expect(throws: WebAuthnError.notJSON(.tooDeep)) { try read(String(repeating: "[", count: 16000)) }
    }

    @Test func `transports are names, also new ones, and few`() throws {
        func transports(_ list: String) throws(WebAuthnError) -> [String] {
            try read(Self.registration.replacing("[\"usb\"]", with: list)).transports
        }
        #expect(
            try transports(#"["usb","smart-card","cable2","A","","a b","\u0000","é"]"#) == [
                "usb", "smart-card", "cable2",
            ])
        #expect(try transports("[]") == [] && transports("null") == [])
        let many = "[" + Array(repeating: "\"usb\"", count: 17).joined(separator: ",") + "]"
        #expect(throws: WebAuthnError.member("transports")) { try transports(many) }
        #expect(try transports("[\"\(String(repeating: "a", count: 33))\"]") == [])
    }
}

struct PasskeyLoginChallengeTests {
    typealias Challenge = WebAuthn.PasskeyLoginChallenge

    let party: WebAuthn.RelyingParty
    let key = Secret([UInt8](repeating: 1, count: 32))
    let now = Timestamp(secondsSince1970: 1_800_000_000)
    let binding = Challenge.Binding.apiToken(Identifier(rawValue: 7))
    let challenge: Challenge

    init() throws {
        party = try #require(WebAuthn.RelyingParty(origin: "https://auth.example.test", name: "Example"))
        challenge = try Challenge(for: party, boundTo: binding, now: now, key: key, random: OpenSSLRandomSource())
    }

    private func isValid(_ bytes: [UInt8]? = nil, _ binding: Challenge.Binding? = nil, after: Int64 = 0) throws -> Bool
    {
        guard let challenge = Challenge(bytes ?? challenge.bytes) else { return false }
        return try challenge.isValid(for: party, boundTo: binding ?? self.binding, now: now + after, key: key)
    }

    @Test func `it is good for five minutes`() throws {
        #expect(challenge.bytes.count == 56 && challenge.expiry == now + 300)
        #expect(try isValid() && isValid(after: 299))
        #expect(try !isValid(after: 300) && !isValid(after: 1 << 40))
    }

    @Test func `it is made of 16 random bytes, the expiry and a code`() throws {
        let fixed = try Challenge(
            for: party, boundTo: binding, now: now, key: key, random: WebAuthnFormTests.Counting(start: 0))
        #expect(fixed.bytes[..<16].elementsEqual(0..<16))
        #expect(fixed.bytes[16..<24].elementsEqual([0, 0, 0, 0, 0x6B, 0x49, 0xD3, 0x2C]))
        #expect(fixed.bytes != challenge.bytes && fixed.digest == SHA256.digest(of: fixed.bytes))
        #expect(fixed.digest.count == 32)
    }

    @Test func `a change of any byte makes it another's`() throws {
        for index in challenge.bytes.indices {
            var changed = challenge.bytes
            changed[index] ^= 0x80
            #expect(try !isValid(changed), "\(index)")
        }
        for bytes in [[], Array(challenge.bytes.dropLast()), challenge.bytes + [0], [UInt8](repeating: 0, count: 32)] {
            #expect(Challenge(bytes) == nil)
        }
    }

    @Test func `it is bound to caller, relying party and key`() throws {
        let zeros = TokenHash(bytes: [UInt8](repeating: 0, count: 32))
        let cookie = Challenge.Binding.cookie(zeros)
        #expect(try !isValid(nil, .apiToken(Identifier(rawValue: 8))) && !isValid(nil, cookie))
        let other = try Challenge(for: party, boundTo: cookie, now: now, key: key, random: OpenSSLRandomSource())
        #expect(try isValid(other.bytes, cookie) && !isValid(other.bytes))
        #expect(try !isValid(other.bytes, .cookie(TokenHash(bytes: [UInt8](repeating: 1, count: 32)))))
        let elsewhere = try #require(WebAuthn.RelyingParty(origin: "https://example.test", name: "Example"))
        #expect(try !challenge.isValid(for: elsewhere, boundTo: binding, now: now, key: key))
        let old = Secret([UInt8](repeating: 2, count: 32))
        #expect(try !challenge.isValid(for: party, boundTo: binding, now: now, key: old))
    }
}
