import Cryptography

@testable import Identity

extension Target {
    private static let party = WebAuthn.RelyingParty(origin: "https://example.org", name: "Example")

    /// The answer of a browser: `c`, client data up to the end of the line, and an attestation object; or `g`, client
    /// data, a byte for the length of the signature, the signature, and authenticator data; or else its JSON.
    static func webAuthn(_ input: [UInt8]) {
        let line = input.dropFirst().prefix { $0 != UInt8(ascii: "\n") }
        let rest = Array(input.dropFirst(1 + line.count + 1))
        switch input.first {
        case UInt8(ascii: "c"): registration(Array(line), rest)
        case UInt8(ascii: "g"):
            let length = Int(rest.first ?? 0)
            assertion(Array(line), signature: Array(rest.dropFirst().prefix(length)), Array(rest.dropFirst(1 + length)))
        default: answers(input)
        }
    }

    /// Registers: an accepted answer keeps all rules, and its key can be read again.
    private static func registration(_ client: [UInt8], _ object: [UInt8]) {
        guard let party, let handle = WebAuthn.UserHandle(stored: [UInt8](repeating: 0, count: 64)) else { return }
        let data = (try? WebAuthn.AttestationObject(object)).flatMap {
            try? WebAuthn.AuthenticatorData($0.authenticatorData)
        }
        let id = data?.credential?.id ?? []
        let response = WebAuthn.RegistrationResponse(credentialID: id, clientData: client, attestationObject: object)
        // The challenge is the one that is there, so that the checks behind it are reached.
        let options = WebAuthn.CreationOptions(
            party, user: WebAuthn.User(handle: handle, name: "", displayName: ""),
            challenge: WebAuthn.ClientData.challenge(in: client) ?? [], usage: .securityKey, excluded: [])
        guard let credential = try? WebAuthn.verifyRegistration(response, of: options) else { return }
        precondition((1...1023).contains(credential.id.count) && credential.publicKey.count < 1000)
        precondition(!credential.isBackedUp || credential.isBackupEligible)
        precondition((try? CBOR(credential.publicKey[...])).map { (try? WebAuthn.publicKey($0)) != nil } == true)
        let text = String(decoding: client, as: UTF8.self)
        precondition(text.contains("https") || text.contains("\\"))
    }

    /// The key of the specification's first vector.
    private static let key: [UInt8] =
        [0xA5, 1, 2, 3, 0x26, 0x20, 1, 0x21, 0x58, 32]
        + [
            0xAF, 0xEF, 0xA1, 0x6F, 0x97, 0xCA, 0x9B, 0x2D, 0x23, 0xEB, 0x86, 0xCC, 0xB6, 0x40, 0x98, 0xD2,
            0x0D, 0xB9, 0x08, 0x56, 0x06, 0x2E, 0xB2, 0x49, 0xC3, 0x3A, 0x9B, 0x67, 0x2F, 0x26, 0xDF, 0x61,
        ] + [0x22, 0x58, 32]
        + [
            0x93, 0x0A, 0x56, 0xB8, 0x7A, 0x2F, 0xCA, 0x66, 0x33, 0x4B, 0x03, 0x45, 0x8A, 0xBF, 0x87, 0x97,
            0x17, 0xC1, 0x2C, 0xC6, 0x8E, 0xD7, 0x32, 0x90, 0xAF, 0x2E, 0x26, 0x64, 0x79, 0x6B, 0x92, 0x20,
        ]

    private static func assertion(_ client: [UInt8], signature: [UInt8], _ data: [UInt8]) {
        guard let party, let handle = WebAuthn.UserHandle(stored: [UInt8](repeating: 0, count: 64)) else { return }
        let response = WebAuthn.AuthenticationResponse(
            credentialID: [1], clientData: client, authenticatorData: data, signature: signature)
        guard
            let options = WebAuthn.RequestOptions(
                party, challenge: WebAuthn.ClientData.challenge(in: client) ?? [], allowed: [.init(id: [1])],
                userVerification: .discouraged)
        else { preconditionFailure("options that allow a credential") }
        let stored = WebAuthn.StoredCredential(id: [1], publicKey: key, signatureCount: 0, userHandle: handle)
        guard let assertion = try? WebAuthn.verifyAssertion(response, of: options, by: stored) else { return }
        // Nobody makes a signature up: only the data of the vector have one.
        precondition(data.starts(with: party.idHash) && data.count == 37 && assertion.counter == .unused)
    }

    /// Reads answers: each member is within its bounds.
    private static func answers(_ input: [UInt8]) {
        if let answer = try? WebAuthn.RegistrationResponse(json: input) {
            precondition((1...1023).contains(answer.credentialID.count) && answer.transports.count <= 16)
            precondition(answer.transports.allSatisfy { (1...32).contains($0.utf8.count) })
        }
        if let answer = try? WebAuthn.AuthenticationResponse(json: input) {
            precondition((1...1023).contains(answer.credentialID.count) && (answer.userHandle?.count ?? 1) <= 64)
            precondition((answer.challenge?.count ?? 0) < input.count)
        }
    }
}
