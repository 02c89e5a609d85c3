import HTTPTypes

/// A cookie that this host sets for itself alone, and reads (RFC 6265bis): `HttpOnly`, `SameSite=Lax`, for every path.
///
/// ```swift
/// let cookie = Cookie("postern_session", maxAge: 86_400)
/// response.headerFields[.setCookie] = cookie.setting(token)
/// let token = cookie.value(in: request)
/// ```
public struct Cookie: Sendable, Equatable {
    /// The name; that of a secure cookie begins with `__Host-`, which binds it to this host.
    public let name: String
    /// True for a cookie that goes over TLS only.
    public let isSecure: Bool
    /// The time for which a browser keeps it, in seconds.
    public let maxAge: Int64

    /// Describes a cookie.
    ///
    /// - Parameter isSecure: `false` only for development over plain HTTP.
    public init(_ name: String, isSecure: Bool = true, maxAge: Int64) {
        self.name = isSecure ? "__Host-\(name)" : name
        self.isSecure = isSecure
        self.maxAge = maxAge
    }

    /// The `Set-Cookie` value that hands over a value, which must be a token: nothing is escaped.
    public func setting(_ value: String) -> String {
        "\(name)=\(value); \(attributes); Max-Age=\(maxAge)"
    }

    /// The `Set-Cookie` value that makes a browser forget the cookie.
    public var clearing: String {
        "\(name)=; \(attributes); Max-Age=0"
    }

    private var attributes: String {
        "Path=/; \(isSecure ? "Secure; " : "")HttpOnly; SameSite=Lax"
    }

    /// The value that a request carries; `nil` if there is none. Of several the first counts: the one with the longest
    /// path (RFC 6265bis, section 5.8.3).
    public func value(in request: Request) -> String? { request.headerFields[.cookie].flatMap(value(in:)) }

    /// The value in a `Cookie` field.
    func value(in field: String) -> String? {
        for pair in field.utf8.split(separator: UInt8(ascii: ";")) {
            let pair = pair.drop { $0 == UInt8(ascii: " ") || $0 == UInt8(ascii: "\t") }
            if pair.starts(with: name.utf8), case let rest = pair.dropFirst(name.utf8.count),
                rest.first == UInt8(ascii: "=")
            {
                return String(decoding: rest.dropFirst(), as: UTF8.self)
            }
        }
        return nil
    }
}
