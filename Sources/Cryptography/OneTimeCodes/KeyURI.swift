import System

extension TOTP {
    /// The address by which an authenticator app takes the secret, mostly from a QR code
    /// (https://github.com/google/google-authenticator/wiki/Key-Uri-Format).
    ///
    ///     otpauth://totp/Aurora:ann%40example.org?secret=…&issuer=Aurora&algorithm=SHA1&digits=6&period=30
    ///
    /// - Parameters:
    ///   - issuer: the name of the service. A colon would end it, so that one in it becomes a hyphen.
    ///   - account: the name of the account, such as its email address; a colon becomes a hyphen too.
    public func uri(issuer: String, account: String) -> String {
        let (issuer, account) = (Self.part(issuer), Self.part(account))
        let label = issuer.isEmpty ? account : "\(issuer):\(account)"
        let parameters = [
            "secret=\(secretText)", issuer.isEmpty ? nil : "issuer=\(issuer)", "algorithm=SHA1",
            "digits=\(Self.digits)", "period=\(Self.period)",
        ]
        return "otpauth://totp/\(label)?\(parameters.compactMap(\.self).joined(separator: "&"))"
    }

    private static func part(_ name: String) -> String {
        let bytes = name.utf8.map { $0 == UInt8(ascii: ":") ? UInt8(ascii: "-") : $0 }
        return PercentEncoding.encode(String(decoding: bytes, as: UTF8.self))
    }
}
