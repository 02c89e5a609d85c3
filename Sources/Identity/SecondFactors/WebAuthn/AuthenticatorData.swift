import Cryptography

extension WebAuthn {
    /// Authenticator data (WebAuthn, section 6.1): the authenticator's word for what it did.
    struct AuthenticatorData {
        /// The authenticator's flags for the ceremony. The two reserved bits are of no account.
        struct Flags: OptionSet {
            let rawValue: UInt8

            static let userPresent = Flags(rawValue: 1 << 0)
            static let userVerified = Flags(rawValue: 1 << 2)
            static let backupEligible = Flags(rawValue: 1 << 3)
            static let backedUp = Flags(rawValue: 1 << 4)
            static let attestedCredential = Flags(rawValue: 1 << 6)
            static let extensions = Flags(rawValue: 1 << 7)
        }

        /// A new credential (WebAuthn, section 6.5.1).
        struct AttestedCredential {
            /// The model of the authenticator: 16 bytes.
            let aaguid: [UInt8]
            /// The identifier: 1 to 1,023 bytes.
            let id: [UInt8]
            /// The public key, a COSE key.
            let publicKey: CBOR
        }

        let relyingPartyHash: [UInt8]
        let flags: Flags
        let signatureCount: UInt32
        let credential: AttestedCredential?

        /// The bytes of hash, flags and counter.
        private static let headerLength = 37

        /// Reads all of the bytes.
        ///
        /// - Throws: `.authenticatorData`, `.extensions`, `.credentialID` or `.publicKeyEncoding`.
        init(_ bytes: ArraySlice<UInt8>) throws(WebAuthnError) {
            guard bytes.count >= Self.headerLength else { throw .authenticatorData }
            let header = Array(bytes.prefix(Self.headerLength))
            relyingPartyHash = Array(header[..<32])
            flags = Flags(rawValue: header[32])
            signatureCount = header[33...].reduce(0) { $0 << 8 | UInt32($1) }
            var rest = bytes.dropFirst(Self.headerLength)
            credential = flags.contains(.attestedCredential) ? try Self.credential(&rest) : nil
            if flags.contains(.extensions) {
                try Self.skipExtensions(&rest)
            }
            guard rest.isEmpty else { throw .authenticatorData }
        }

        private static func credential(_ rest: inout ArraySlice<UInt8>) throws(WebAuthnError) -> AttestedCredential {
            let aaguid = try take(16, from: &rest)
            let length = try take(2, from: &rest).reduce(0) { $0 << 8 | Int($1) }
            guard (1...WebAuthn.maximumIdentifierLength).contains(length) else { throw .credentialID }
            let id = try take(length, from: &rest)
            do throws(CBORError) {
                let key = try CBOR(prefixOf: rest)
                rest = rest[key.encoded.endIndex...]
                return AttestedCredential(aaguid: aaguid, id: id, publicKey: key)
            } catch {
                throw .publicKeyEncoding(error)
            }
        }

        /// Checks the form of extensions. Nothing here asks for one, so none is of use.
        private static func skipExtensions(_ rest: inout ArraySlice<UInt8>) throws(WebAuthnError) {
            do throws(CBORError) {
                let extensions = try CBOR(prefixOf: rest)
                rest = rest[extensions.encoded.endIndex...]
                if extensions.entryCount != nil { return }
            } catch {
                throw .extensions(error)
            }
            throw .extensions(nil)
        }

        private static func take(_ count: Int, from rest: inout ArraySlice<UInt8>) throws(WebAuthnError) -> [UInt8] {
            guard rest.count >= count else { throw .authenticatorData }
            defer { rest = rest.dropFirst(count) }
            return Array(rest.prefix(count))
        }
    }
}

extension WebAuthn.AuthenticatorData {
    /// Checks what holds for both ceremonies (WebAuthn, sections 7.1 and 7.2).
    ///
    /// - Throws: `.relyingParty`, `.userNotPresent`, `.userNotVerified` or `.backedUpNotEligible`.
    func check(
        for relyingParty: WebAuthn.RelyingParty, _ verification: WebAuthn.UserVerification
    ) throws(WebAuthnError) {
        guard relyingPartyHash == relyingParty.idHash else { throw .relyingParty }
        guard flags.contains(.userPresent) else { throw .userNotPresent }
        guard verification != .required || flags.contains(.userVerified) else { throw .userNotVerified }
        guard !flags.contains(.backedUp) || flags.contains(.backupEligible) else { throw .backedUpNotEligible }
    }
}
