/// The labels and values of COSE keys (RFC 9052, section 7; RFC 9053, section 7; RFC 8230, section 4).
private enum COSE {
    static let keyType = 1
    static let algorithm = 3
    static let curve = -1
    static let x = -2
    static let y = -3
    static let modulus = -1
    static let exponent = -2

    static let octetKeyPair = 1
    static let ellipticCurve = 2
    static let rsa = 3
    static let p256 = 1
    static let ed25519 = 6
}

extension PublicKey {
    /// Reads a COSE key as WebAuthn has it (WebAuthn Level 3, section 5.8.5 and 6.5.1): the algorithm is stated, the
    /// other parameters are those that it asks for, and there is none besides.
    ///
    /// - Throws: `PublicKeyError`.
    public init(cose key: CBOR) throws(PublicKeyError) {
        guard let number = key[COSE.algorithm]?.integer else { throw .malformed }
        guard let algorithm = SignatureAlgorithm(rawValue: number) else { throw .unknownAlgorithm(number) }
        let keyType = key[COSE.keyType]?.integer
        let curve = key[COSE.curve]?.integer
        switch algorithm {
        case .es256:
            // A y that is true or false, of a compressed point, is not bytes.
            guard key.entryCount == 5, keyType == COSE.ellipticCurve, curve == COSE.p256, let x = key[COSE.x]?.bytes,
                let y = key[COSE.y]?.bytes
            else { throw .malformed }
            try self.init(p256: x, y)
        case .edDSA:
            guard key.entryCount == 4, keyType == COSE.octetKeyPair, curve == COSE.ed25519, let x = key[COSE.x]?.bytes
            else { throw .malformed }
            try self.init(ed25519: x)
        case .rs256:
            guard key.entryCount == 4, keyType == COSE.rsa, let modulus = key[COSE.modulus]?.bytes,
                let exponent = key[COSE.exponent]?.bytes
            else { throw .malformed }
            try self.init(rsa: modulus, exponent: exponent)
        }
    }
}
