import Identity

/// The cookie that carries a session token (RFC 6265bis).
public struct SessionCookie: Sendable, Equatable {
    /// Whether it goes over TLS only, under a name that binds it to this host (`__Host-`).
    public let isSecure: Bool
    /// How long a browser keeps it, in seconds.
    public let maxAge: Int64

    /// Makes the description of the cookie.
    ///
    /// - Parameter isSecure: `false` only for development over plain HTTP.
    public init(isSecure: Bool = true, maxAge: Int64) {
        self.isSecure = isSecure
        self.maxAge = maxAge
    }

    /// Its name.
    public var name: String { isSecure ? "__Host-postern_session" : "postern_session" }

    /// The `Set-Cookie` value that hands over a token.
    func setting(_ token: String) -> String {
        "\(name)=\(token); \(attributes); Max-Age=\(maxAge)"
    }

    /// The `Set-Cookie` value that makes a browser forget the token.
    var clearing: String {
        "\(name)=; \(attributes); Max-Age=0"
    }

    private var attributes: String {
        "Path=/; \(isSecure ? "Secure; " : "")HttpOnly; SameSite=Lax"
    }

    /// The session token in a `Cookie` field; `nil` where there is none, or something else than a session token. Of several
    /// the first counts, which is the one with the longest path (RFC 6265bis, section 5.8.3).
    func token(in field: String) -> String? {
        for pair in field.utf8.split(separator: UInt8(ascii: ";")) {
            let pair = pair.drop { $0 == UInt8(ascii: " ") || $0 == UInt8(ascii: "\t") }
            if pair.starts(with: "\(name)=".utf8) {
                let value = pair.dropFirst(name.utf8.count + 1)
                guard value.starts(with: BearerToken.Kind.session.rawValue.utf8) else { return nil }
                return String(decoding: value, as: UTF8.self)
            }
        }
        return nil
    }
}
