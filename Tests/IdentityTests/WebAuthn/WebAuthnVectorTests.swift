import Cryptography
import Foundation
import System
import Testing

@testable import Identity

/// The test vectors of WebAuthn Level 3, with the verdict on each.
struct WebAuthnVectorTests {
    struct Vector: Decodable, Sendable, CustomTestStringConvertible {
        struct Registration: Decodable, Sendable {
            let challenge: Bytes
            let credential_id: Bytes
            let clientDataJSON: Bytes
            let attestationObject: Bytes
        }

        struct Authentication: Decodable, Sendable {
            let challenge: Bytes
            let authenticatorData: Bytes
            let clientDataJSON: Bytes
            let signature: Bytes
        }

        let name: String
        let accepted: Bool
        let refused_for: String?
        let registration: Registration
        let authentication: Authentication

        var testDescription: String { name }

        var error: WebAuthnError? {
            switch refused_for {
            case nil: nil
            case "crossOrigin": .crossOrigin
            // The vector is one of a frame, too, which is seen first.
            case "topOrigin": .crossOrigin
            default:
                switch name {
                case "packed-es384": .algorithmNotOffered(-35)
                case "packed-es512": .algorithmNotOffered(-36)
                default: .algorithmNotOffered(-53)
                }
            }
        }
    }

    /// Hexadecimal digits.
    struct Bytes: Decodable, Sendable {
        let bytes: [UInt8]

        init(from decoder: any Decoder) throws {
            let digits = try decoder.singleValueContainer().decode(String.self).utf8.compactMap { Hex.value($0) }
            bytes = stride(from: 0, to: digits.count, by: 2).map { digits[$0] << 4 | digits[$0 + 1] }
        }
    }

    private struct File: Decodable {
        let vectors: [Vector]
    }

    static let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().appendingPathComponent("WebAuthn")

    static let vectors: [Vector] = {
        let file = folder.appendingPathComponent("vectors.json")
        return (try? JSONDecoder().decode(File.self, from: Data(contentsOf: file)).vectors) ?? []
    }()

    private static let party = WebAuthn.RelyingParty(origin: "https://example.org", name: "Example")

    private func creation(_ vector: Vector) throws -> WebAuthn.CreationOptions {
        let handle = try WebAuthn.UserHandle(random: OpenSSLRandomSource())
        return WebAuthn.CreationOptions(
            try #require(Self.party), user: WebAuthn.User(handle: handle, name: "ann", displayName: "Ann"),
            challenge: vector.registration.challenge.bytes, usage: .securityKey, excluded: [])
    }

    private func registration(_ vector: Vector, client: [UInt8]? = nil) -> WebAuthn.RegistrationResponse {
        WebAuthn.RegistrationResponse(
            credentialID: vector.registration.credential_id.bytes,
            clientData: client ?? vector.registration.clientDataJSON.bytes,
            attestationObject: vector.registration.attestationObject.bytes)
    }

    private func assertion(_ vector: Vector) -> WebAuthn.AuthenticationResponse {
        WebAuthn.AuthenticationResponse(
            credentialID: vector.registration.credential_id.bytes,
            clientData: vector.authentication.clientDataJSON.bytes,
            authenticatorData: vector.authentication.authenticatorData.bytes,
            signature: vector.authentication.signature.bytes)
    }

    private func request(_ vector: Vector) throws -> WebAuthn.RequestOptions {
        let options = WebAuthn.RequestOptions(
            try #require(Self.party), challenge: vector.authentication.challenge.bytes,
            allowed: [WebAuthn.Descriptor(id: vector.registration.credential_id.bytes)],
            userVerification: .discouraged)
        return try #require(options)
    }

    @Test func `the vectors are all there`() {
        #expect(Self.vectors.count == 15)
        #expect(Self.vectors.filter(\.accepted).count == 10)
        for name in ["crossOrigin", "topOrigin", "algorithm not offered"] {
            #expect(Self.vectors.contains { $0.refused_for == name })
        }
    }

    @Test(arguments: vectors.filter(\.accepted))
    func `a vector that is accepted`(_ vector: Vector) throws {
        let credential = try WebAuthn.verifyRegistration(registration(vector), of: creation(vector))
        #expect(credential.id == vector.registration.credential_id.bytes)
        #expect(credential.attestation == (vector.name.hasPrefix("packed-self") ? .packedSelf : .none))
        let algorithm: SignatureAlgorithm =
            vector.name.hasSuffix("rs256") ? .rs256 : vector.name.hasSuffix("eddsa") ? .edDSA : .es256
        #expect(credential.algorithm == algorithm)
        #expect(credential.signatureCount == 0)
        let stored = WebAuthn.StoredCredential(
            id: credential.id, publicKey: credential.publicKey, signatureCount: credential.signatureCount,
            userHandle: try WebAuthn.UserHandle(random: OpenSSLRandomSource()))
        let assertion = try WebAuthn.verifyAssertion(assertion(vector), of: request(vector), by: stored)
        #expect(assertion.counter == .unused)
        #expect(assertion.isBackupEligible == credential.isBackupEligible)
    }

    @Test(arguments: vectors.filter { !$0.accepted })
    func `a vector that is refused, for its cause`(_ vector: Vector) throws {
        let error = try #require(vector.error)
        #expect(throws: error) { try WebAuthn.verifyRegistration(registration(vector), of: creation(vector)) }
        // Nor does such a credential log in, though its signature is right.
        let data = try WebAuthn.AuthenticatorData(
            WebAuthn.AttestationObject(vector.registration.attestationObject.bytes).authenticatorData)
        let stored = WebAuthn.StoredCredential(
            id: vector.registration.credential_id.bytes,
            publicKey: Array(try #require(data.credential).publicKey.encoded), signatureCount: 0,
            userHandle: try WebAuthn.UserHandle(random: OpenSSLRandomSource()))
        #expect(throws: error) {
            try WebAuthn.verifyAssertion(assertion(vector), of: request(vector), by: stored)
        }
    }

    @Test func `topOrigin is refused by itself`() throws {
        let vector = try #require(Self.vectors.first { $0.refused_for == "topOrigin" })
        let text = String(decoding: vector.registration.clientDataJSON.bytes, as: UTF8.self)
        let client = text.replacing(#""crossOrigin":true"#, with: #""crossOrigin":false"#)
        #expect(client != text)
        #expect(throws: WebAuthnError.topOrigin) {
            try WebAuthn.verifyRegistration(registration(vector, client: Array(client.utf8)), of: creation(vector))
        }
    }

    @Test func `a statement of packed self attestation holds for its key and this registration alone`() throws {
        let vector = try #require(Self.vectors.first { $0.name == "packed-self-es256" })
        let object = vector.registration.attestationObject.bytes
        // The signature stands before the authenticator data.
        let start = try #require(object.firstRange(of: Array("sig".utf8))).upperBound + 6
        for index in [start, start + 10, start + 40, start + 60] {
            var changed = object
            changed[index] ^= 1
            let response = WebAuthn.RegistrationResponse(
                credentialID: vector.registration.credential_id.bytes,
                clientData: vector.registration.clientDataJSON.bytes, attestationObject: changed)
            #expect(throws: WebAuthnError.signature) {
                try WebAuthn.verifyRegistration(response, of: creation(vector))
            }
        }
        var algorithm = object
        algorithm[try #require(object.firstRange(of: Array("alg".utf8))).upperBound] = 0x27
        let response = WebAuthn.RegistrationResponse(
            credentialID: vector.registration.credential_id.bytes,
            clientData: vector.registration.clientDataJSON.bytes, attestationObject: algorithm)
        #expect(throws: WebAuthnError.attestationStatement) {
            try WebAuthn.verifyRegistration(response, of: creation(vector))
        }
        var member = vector.registration.clientDataJSON.bytes
        let extra = try #require(member.firstRange(of: Array("extraData".utf8)))
        member[extra.lowerBound] = UInt8(ascii: "E")
        #expect(throws: WebAuthnError.signature) {
            try WebAuthn.verifyRegistration(registration(vector, client: member), of: creation(vector))
        }
    }

    @Test(arguments: vectors.filter(\.accepted))
    func `an assertion with any byte changed is refused`(_ vector: Vector) throws {
        let credential = try WebAuthn.verifyRegistration(registration(vector), of: creation(vector))
        let stored = WebAuthn.StoredCredential(
            id: credential.id, publicKey: credential.publicKey, signatureCount: 0,
            userHandle: try WebAuthn.UserHandle(random: OpenSSLRandomSource()))
        let (good, options) = (assertion(vector), try request(vector))
        func isRefused(_ data: [UInt8], _ client: [UInt8], _ signature: [UInt8]) -> Bool {
            let response = WebAuthn.AuthenticationResponse(
                credentialID: good.credentialID, clientData: client, authenticatorData: data, signature: signature)
            return (try? WebAuthn.verifyAssertion(response, of: options, by: stored)) == nil
        }
        #expect(!isRefused(good.authenticatorData, good.clientData, good.signature))
        func changes(_ bytes: [UInt8]) -> [[UInt8]] {
            bytes.indices.map { index in
                var changed = bytes
                changed[index] ^= 1 << UInt8(index % 8)
                return changed
            } + [bytes + [0], Array(bytes.dropLast()), Array(bytes.dropFirst())]
        }
        for data in changes(good.authenticatorData) { #expect(isRefused(data, good.clientData, good.signature)) }
        for client in changes(good.clientData) { #expect(isRefused(good.authenticatorData, client, good.signature)) }
        for signature in changes(good.signature) {
            #expect(isRefused(good.authenticatorData, good.clientData, signature))
        }
    }
}
