import COpenSSL
public import Cryptography
public import JSON

/// A security key in software, with the browser before it: it makes one credential and its assertions, and everything
/// that it says can be changed, so that a test sees the refusal.
///
///     let authenticator = try SoftwareAuthenticator()
///     let registration = try authenticator.registration(challenge: challenge)
///     authenticator.counter += 1
///     let assertion = try authenticator.assertion(challenge: other, userHandle: handle)
@safe public final class SoftwareAuthenticator {
    private let key: OpaquePointer
    /// The algorithm of the key.
    public let algorithm: SignatureAlgorithm

    public var origin = "https://auth.example.test"
    public var relyingParty = "auth.example.test"
    public var credentialID: [UInt8]
    /// User present and verified.
    public var flags: UInt8 = 0x05
    public var counter: UInt32 = 0
    public var aaguid = [UInt8](repeating: 0, count: 16)
    /// The members of the client data behind type, challenge and origin.
    public var clientDataMembers: [(String, JSONValue)] = [("crossOrigin", false)]
    /// The type of the client data, if it is not that of the ceremony.
    public var clientDataType: String?
    /// The map of extensions, in CBOR.
    public var extensions: [UInt8]?
    /// The format of the attestation: `none`, or `packed` by the key itself.
    public var format = "none"
    /// The statement of the attestation, if it is not that of the format.
    public var statement: [UInt8]?
    /// Bytes in place of the COSE key.
    public var publicKey: [UInt8]?
    /// Bytes behind the authenticator data.
    public var trailer: [UInt8] = []

    public init(_ algorithm: SignatureAlgorithm = .es256, random: any RandomSource = OpenSSLRandomSource()) throws {
        self.algorithm = algorithm
        credentialID = try random.bytes(32)
        let name =
            switch algorithm {
            case .es256: "EC"
            case .edDSA: "ED25519"
            case .rs256: "RSA"
            }
        guard let context = unsafe EVP_PKEY_CTX_new_from_name(nil, name, nil) else { throw Failure() }
        defer { unsafe EVP_PKEY_CTX_free(context) }
        guard unsafe EVP_PKEY_keygen_init(context) == 1 else { throw Failure() }
        if algorithm == .es256 {
            guard unsafe EVP_PKEY_CTX_set_group_name(context, "P-256") == 1 else { throw Failure() }
        }
        var key: OpaquePointer?
        guard unsafe EVP_PKEY_generate(context, &key) == 1, let key = unsafe key else { throw Failure() }
        unsafe self.key = key
    }

    deinit { unsafe EVP_PKEY_free(key) }

    /// A failure of OpenSSL.
    public struct Failure: Error {}

    /// The answer to creation options.
    public func registration(challenge: [UInt8]) throws -> [UInt8] {
        let clientData = clientData("webauthn.create", challenge)
        let data = try authenticatorData(withCredential: true)
        let object = CBORText.map([
            (CBORText.text("fmt"), CBORText.text(format)),
            (CBORText.text("attStmt"), try statement ?? ownStatement(data + SHA256.digest(of: clientData))),
            (CBORText.text("authData"), CBORText.bytes(data)),
        ])
        return answer([
            ("clientDataJSON", .string(Base64.url(clientData))), ("attestationObject", .string(Base64.url(object))),
            ("transports", ["internal", "hybrid"]),
        ])
    }

    /// The answer to request options.
    public func assertion(challenge: [UInt8], userHandle: [UInt8]? = nil) throws -> [UInt8] {
        let clientData = clientData("webauthn.get", challenge)
        let data = try authenticatorData(withCredential: flags & 0x40 != 0)
        let signature = try sign(data + SHA256.digest(of: clientData))
        return answer([
            ("clientDataJSON", .string(Base64.url(clientData))), ("authenticatorData", .string(Base64.url(data))),
            ("signature", .string(Base64.url(signature))),
            ("userHandle", .string(orNull: userHandle.map { Base64.url($0) })),
        ])
    }

    /// The COSE key.
    public func coseKey() throws -> [UInt8] {
        switch algorithm {
        case .es256:
            let point = try octets(OSSL_PKEY_PARAM_PUB_KEY)
            return CBORText.map([
                (CBORText.integer(1), CBORText.integer(2)), (CBORText.integer(3), CBORText.integer(-7)),
                (CBORText.integer(-1), CBORText.integer(1)), (CBORText.integer(-2), CBORText.bytes(point[1..<33])),
                (CBORText.integer(-3), CBORText.bytes(point[33...])),
            ])
        case .edDSA:
            return CBORText.map([
                (CBORText.integer(1), CBORText.integer(1)), (CBORText.integer(3), CBORText.integer(-8)),
                (CBORText.integer(-1), CBORText.integer(6)),
                (CBORText.integer(-2), CBORText.bytes(try octets(OSSL_PKEY_PARAM_PUB_KEY))),
            ])
        case .rs256:
            return CBORText.map([
                (CBORText.integer(1), CBORText.integer(3)), (CBORText.integer(3), CBORText.integer(-257)),
                (CBORText.integer(-1), CBORText.bytes(try number(OSSL_PKEY_PARAM_RSA_N))),
                (CBORText.integer(-2), CBORText.bytes(try number(OSSL_PKEY_PARAM_RSA_E))),
            ])
        }
    }

    /// The signature of a message.
    public func sign(_ message: [UInt8]) throws -> [UInt8] {
        guard let context = unsafe EVP_MD_CTX_new() else { throw Failure() }
        defer { unsafe EVP_MD_CTX_free(context) }
        let digest = unsafe algorithm == .edDSA ? nil : EVP_sha256()
        var signature = [UInt8](repeating: 0, count: 1024)
        var count = signature.count
        guard unsafe EVP_DigestSignInit(context, nil, digest, nil, key) == 1,
            unsafe EVP_DigestSign(context, &signature, &count, message, message.count) == 1
        else { throw Failure() }
        return Array(signature[..<count])
    }

    private func clientData(_ type: String, _ challenge: [UInt8]) -> [UInt8] {
        JSONValue.members(
            [
                ("type", .string(clientDataType ?? type)), ("challenge", .string(Base64.url(challenge))),
                ("origin", .string(origin)),
            ] + clientDataMembers
        ).utf8
    }

    private func authenticatorData(withCredential: Bool) throws -> [UInt8] {
        let flags = flags | (withCredential ? 0x40 : 0) | (extensions == nil ? 0 : 0x80)
        var data = SHA256.digest(of: relyingParty) + [flags] + CBORText.bigEndian(UInt64(counter), 4)
        if withCredential {
            data += aaguid + CBORText.bigEndian(UInt64(credentialID.count), 2) + credentialID
            data += try publicKey ?? coseKey()
        }
        return data + (extensions ?? []) + trailer
    }

    private func ownStatement(_ signed: [UInt8]) throws -> [UInt8] {
        guard format == "packed" else { return CBORText.map([]) }
        return CBORText.map([
            (CBORText.text("alg"), CBORText.integer(algorithm.rawValue)),
            (CBORText.text("sig"), CBORText.bytes(try sign(signed))),
        ])
    }

    private func answer(_ response: [(String, JSONValue)]) -> [UInt8] {
        let id = JSONValue.string(Base64.url(credentialID))
        return JSONValue.members([
            ("id", id), ("rawId", id), ("type", "public-key"), ("authenticatorAttachment", "platform"),
            ("clientExtensionResults", [:]), ("response", .members(response)),
        ]).utf8
    }

    private func octets(_ name: String) throws -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: 1024)
        var count = 0
        guard unsafe EVP_PKEY_get_octet_string_param(key, name, &bytes, bytes.count, &count) == 1 else {
            throw Failure()
        }
        return Array(bytes[..<count])
    }

    private func number(_ name: String) throws -> [UInt8] {
        var number: OpaquePointer?
        guard unsafe EVP_PKEY_get_bn_param(key, name, &number) == 1 else { throw Failure() }
        defer { unsafe BN_free(number) }
        var bytes = [UInt8](repeating: 0, count: 1024)
        let count = unsafe BN_bn2bin(number, &bytes)
        return Array(bytes[..<Int(count)])
    }
}

/// An encoder of CBOR (RFC 8949) for tests.
public enum CBORText {
    public static func integer(_ number: Int) -> [UInt8] {
        number < 0 ? head(1, UInt64(-1 - number)) : head(0, UInt64(number))
    }

    public static func bytes(_ bytes: some Collection<UInt8>) -> [UInt8] { head(2, UInt64(bytes.count)) + bytes }

    public static func text(_ text: String) -> [UInt8] { head(3, UInt64(text.utf8.count)) + text.utf8 }

    public static func array(_ items: [[UInt8]]) -> [UInt8] { head(4, UInt64(items.count)) + items.joined() }

    public static func map(_ entries: [([UInt8], [UInt8])]) -> [UInt8] {
        head(5, UInt64(entries.count)) + entries.flatMap { $0 + $1 }
    }

    /// The head of an item, in its shortest form.
    public static func head(_ type: UInt8, _ argument: UInt64) -> [UInt8] {
        switch argument {
        case ..<24: [type << 5 | UInt8(argument)]
        case ..<0x100: [type << 5 | 24] + bigEndian(argument, 1)
        case ..<0x1_0000: [type << 5 | 25] + bigEndian(argument, 2)
        case ..<0x1_0000_0000: [type << 5 | 26] + bigEndian(argument, 4)
        default: [type << 5 | 27] + bigEndian(argument, 8)
        }
    }

    /// The last bytes of a number.
    public static func bigEndian(_ number: UInt64, _ count: Int) -> [UInt8] {
        (0..<count).reversed().map { UInt8(truncatingIfNeeded: number >> UInt64(8 * $0)) }
    }
}
