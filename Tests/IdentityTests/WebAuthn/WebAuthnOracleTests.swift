import Cryptography
import Foundation
import JSON
import TestSupport
import Testing

@testable import Identity

/// Answers that other software made from our options, and the verdict of two libraries on each: `Tests/WebAuthn/make`
/// records them, in a file that `POSTERN_TEST_RECORDED` may name.
struct WebAuthnOracleTests {
    struct Record: Sendable, CustomTestStringConvertible {
        let by: String
        let change: String
        let options: Int
        let response: [UInt8]
        let publicKey: [UInt8]?
        let accepted: Bool
        let verdicts: [String: Bool]

        var testDescription: String { "\(by), \(publicKey == nil ? "registration" : "assertion"): \(change)" }
    }

    static let records: [Record] = {
        let file =
            ProcessInfo.processInfo.environment["POSTERN_TEST_RECORDED"].map { URL(fileURLWithPath: $0) }
            ?? WebAuthnVectorTests.folder.appendingPathComponent("recorded.json")
        guard let data = try? Data(contentsOf: file), let items = try? JSONSerialization.jsonObject(with: data) else {
            return []
        }
        return (items as? [[String: Any]] ?? []).compactMap { item in
            guard let by = item["by"] as? String, let change = item["change"] as? String,
                let options = item["options"] as? Int, let response = item["response"],
                let text = try? JSONSerialization.data(withJSONObject: response),
                let accepted = item["accepted"] as? Bool, let verdicts = item["verdicts"] as? [String: Bool]
            else { return nil }
            let key = (item["publicKey"] as? String).flatMap { Base64.decode($0, .url) }
            return Record(
                by: by, change: change, options: options, response: Array(text), publicKey: key, accepted: accepted,
                verdicts: verdicts)
        }
    }()

    /// The options that were handed to the other software, in the order of the file.
    private func requests(allowed: [WebAuthn.Descriptor]) throws -> [WebAuthn.RequestOptions] {
        let party = try #require(WebAuthn.RelyingParty(origin: "https://auth.example.test", name: "Example"))
        let challenge = WebAuthnFormTests.Counting(start: 200).bytes(32)
        let secondFactor = WebAuthn.RequestOptions(
            party, challenge: challenge, allowed: allowed,
            userVerification: WebAuthn.Usage.securityKey.userVerification)
        return [
            try #require(secondFactor),
            WebAuthn.RequestOptions(passkeyLogin: party, challenge: challenge),
        ]
    }

    @Test func `the options of the file are those that the code makes`() throws {
        let options =
            try WebAuthn.Usage.allCases.map { try WebAuthnFormTests.options($0).json }
            + requests(allowed: WebAuthnFormTests.options(.passkey).excluded).map(\.json)
        let text = options.map { String(decoding: $0.utf8, as: UTF8.self) + "\n" }.joined()
        let file = WebAuthnVectorTests.folder.appendingPathComponent("options.jsonl")
        #expect(try String(contentsOf: file, encoding: .utf8) == text)
    }

    @Test func `each maker, algorithm and verdict is there`() {
        for maker in ["soft-webauthn", "fido2 ES256", "fido2 EdDSA", "fido2 RS256-2048", "fido2 RS256-4096"] {
            for isAssertion in [false, true] {
                let records = Self.records.filter { $0.by == maker && ($0.publicKey != nil) == isAssertion }
                #expect(records.contains { $0.accepted }, "\(maker)")
            }
        }
        #expect(Self.records.count > 150)
        #expect(Self.records.filter { !$0.accepted && !$0.verdicts.values.contains(true) }.count > 80)
        #expect(Self.records.allSatisfy { !$0.accepted || !$0.verdicts.values.contains(false) })
    }

    @Test(arguments: records.filter { $0.publicKey == nil })
    func `a registration is accepted as it is to be`(_ record: Record) throws {
        let options = try WebAuthnFormTests.options(WebAuthn.Usage.allCases[record.options])
        let credential = Result {
            try WebAuthn.verifyRegistration(WebAuthn.RegistrationResponse(json: record.response), of: options)
        }
        #expect(((try? credential.get()) != nil) == record.accepted, "\(credential)")
        if let credential = try? credential.get() {
            let isPacked = record.change == "packed self attestation"
            #expect(credential.attestation == (isPacked ? .packedSelf : .none))
            #expect(credential.isBackedUp == (record.change == "backed up"))
        }
    }

    @Test(arguments: records.filter { $0.publicKey != nil })
    func `an assertion is accepted as it is to be`(_ record: Record) throws {
        let handle = try #require(WebAuthn.UserHandle(stored: WebAuthnFormTests.Counting(start: 0).bytes(64)))
        let assertion = Result {
            let response = try WebAuthn.AuthenticationResponse(json: record.response)
            let options = try requests(allowed: [.init(id: response.credentialID)])[record.options - 2]
            return try WebAuthn.verifyAssertion(
                response, of: options,
                by: WebAuthn.StoredCredential(
                    id: response.credentialID, publicKey: record.publicKey ?? [], signatureCount: 0,
                    userHandle: handle))
        }
        #expect(((try? assertion.get()) != nil) == record.accepted, "\(assertion)")
        if record.change == "counter" { #expect(try assertion.get().counter == .advanced) }
    }
}
