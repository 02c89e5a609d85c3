import Cryptography

extension WebAuthn {
    /// The party that a credential is for: its name, its identifier, and the one origin from which it may be used.
    ///
    /// ```swift
    /// WebAuthn.RelyingParty(origin: "https://auth.example.org", name: "Example")?.id  // "auth.example.org"
    /// ```
    public struct RelyingParty: Sendable, Equatable {
        /// The host of the origin (WebAuthn, section 4, "RP ID"). A credential is bound to it for good.
        public let id: String
        /// The name that browsers show.
        public let name: String
        /// Scheme, host, and the port if it is not the scheme's own (RFC 6454, section 6.2).
        public let origin: String
        /// The SHA-256 of the identifier, which authenticator data begin with.
        let idHash: [UInt8]

        /// Takes the public address of the installation in its normal form, which is an origin.
        ///
        /// - Parameter name: the name that browsers show; `nil` for the identifier.
        /// - Returns: `nil` if the host is an IP address, which browsers give no credentials, or if the scheme is
        ///   neither `https` nor, for this machine, `http`.
        public init?(origin: String, name: String? = nil) {
            let scheme = ["https://", "http://"].first { origin.utf8.starts(with: $0.utf8) }
            guard let scheme, origin.utf8.allSatisfy({ (0x21...0x7E).contains($0) }) else { return nil }
            let host = origin.utf8.dropFirst(scheme.utf8.count).prefix { $0 != UInt8(ascii: ":") }
            let labels = host.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
            guard let last = labels.last, labels.allSatisfy({ Self.isLabel($0) }),
                !last.allSatisfy(\.isASCIIDigit), scheme == "https://" || last.elementsEqual("localhost".utf8)
            else { return nil }
            id = String(decoding: host, as: UTF8.self)
            self.name = name ?? id
            self.origin = origin
            idHash = SHA256.digest(of: id)
        }

        private static func isLabel(_ label: Substring.UTF8View) -> Bool {
            !label.isEmpty
                && label.allSatisfy {
                    (UInt8(ascii: "a")...UInt8(ascii: "z")).contains($0) || $0.isASCIIDigit || $0 == UInt8(ascii: "-")
                }
        }
    }
}
