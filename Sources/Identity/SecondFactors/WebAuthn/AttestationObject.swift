import Cryptography

extension WebAuthn {
    /// An authenticator's word for a credential that it made.
    public enum Attestation: String, Sendable {
        /// None, or one that nothing here checks: it proves nothing.
        case none
        /// A signature by the new key itself: the one who made it had the private key, in whatever software or device.
        case packedSelf = "packed_self"
    }

    /// An attestation object (WebAuthn, section 6.5.4).
    struct AttestationObject {
        /// The authenticator data, as they were signed.
        let authenticatorData: ArraySlice<UInt8>
        private let format: CBOR
        private let statement: CBOR

        /// Reads all of the bytes: a map of three members. The statement has the form of its format, which is a map for
        /// most and an array for `compound`.
        ///
        /// - Throws: `.attestationObject`.
        init(_ bytes: [UInt8]) throws(WebAuthnError) {
            let object: CBOR
            do throws(CBORError) { object = try CBOR(bytes[...]) } catch { throw .attestationObject(error) }
            guard object.entryCount == 3, let format = object["fmt"], format.text != nil,
                let statement = object["attStmt"], let authenticatorData = object["authData"]?.bytes
            else { throw .attestationObject(nil) }
            self.format = format
            self.statement = statement
            self.authenticatorData = authenticatorData
        }

        /// Checks the statement of the formats `none`, which has none, and `packed` without certificates (WebAuthn,
        /// sections 8.2 and 8.7). Any other is taken as none, whatever its form: nothing here knows its certificates.
        /// A compound one with certificates has five levels, beyond the four of CTAP that `CBOR` reads, and is refused.
        /// The options ask for no attestation, so browsers leave it out.
        ///
        /// - Throws: `.attestationStatement`, `.signature` or `.cryptography`.
        func attestation(
            by key: borrowing PublicKey, clientDataHash: [UInt8]
        ) throws(WebAuthnError) -> Attestation {
            if format.isText("none") {
                guard statement.entryCount == 0 else { throw .attestationStatement }
                return .none
            }
            guard format.isText("packed"), statement["x5c"] == nil, statement["ecdaaKeyId"] == nil else { return .none }
            guard statement.entryCount == 2, statement["alg"]?.integer == key.algorithm.rawValue,
                let signature = statement["sig"]?.bytes, signature.count <= WebAuthn.maximumSignatureLength
            else { throw .attestationStatement }
            try WebAuthn.checkSignature(Array(signature), of: Array(authenticatorData) + clientDataHash, by: key)
            return .packedSelf
        }
    }

    /// Checks a signature.
    ///
    /// - Throws: `.signature` or `.cryptography`.
    static func checkSignature(
        _ signature: [UInt8], of message: [UInt8], by key: borrowing PublicKey
    ) throws(WebAuthnError) {
        let isSigned: Bool
        do throws(CryptographyError) {
            isSigned = try key.verifies(signature, of: message)
        } catch {
            throw .cryptography(error)
        }
        guard isSigned else { throw .signature }
    }

    /// Reads a public key.
    ///
    /// - Throws: `.algorithmNotOffered` or `.publicKey`.
    static func publicKey(_ encoded: CBOR) throws(WebAuthnError) -> PublicKey {
        do throws(PublicKeyError) {
            return try PublicKey(cose: encoded)
        } catch {
            if case .unknownAlgorithm(let number) = error { throw .algorithmNotOffered(number) }
            throw .publicKey(error)
        }
    }
}
