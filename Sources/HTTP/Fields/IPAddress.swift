import Glibc

/// An IPv4 or IPv6 address in text form (RFC 4291, section 2.2).
///
/// ```swift
/// IPAddress(endpoint: "[2001:db8::1]:443")?.description   // 2001:db8::1
/// ```
public struct IPAddress: Sendable, Equatable, CustomStringConvertible {
    /// The address as it was given.
    public let description: String

    /// Reads an address; `nil` for anything else.
    public init?(_ text: String) {
        var address = in6_addr()
        guard unsafe inet_pton(AF_INET, text, &address) == 1 || inet_pton(AF_INET6, text, &address) == 1 else {
            return nil
        }
        description = text
    }

    /// Reads the address of a connection as programs pass it on: alone, an IPv6 address also in brackets, and with a
    /// port (RFC 3986, section 3.2), which is dropped; `nil` for anything else.
    public init?(endpoint text: String) {
        var host = Substring(text)
        if host.hasPrefix("[") {
            guard let end = host.firstIndex(of: "]"), Self.isPort(host[end...].dropFirst(), mayBeMissing: true) else {
                return nil
            }
            host = host[..<end].dropFirst()
            guard host.contains(":") else { return nil }
        } else if let colon = host.firstIndex(of: ":"), host.lastIndex(of: ":") == colon {
            guard Self.isPort(host[colon...], mayBeMissing: false) else { return nil }
            host = host[..<colon]
        }
        self.init(String(host))
    }

    /// Returns whether a text is a colon and a port.
    private static func isPort(_ text: Substring, mayBeMissing: Bool) -> Bool {
        if text.isEmpty { return mayBeMissing }
        let digits = text.dropFirst()
        return text.hasPrefix(":") && (1...5).contains(digits.utf8.count)
            && digits.utf8.allSatisfy((UInt8(ascii: "0")...UInt8(ascii: "9")).contains) && UInt16(digits) != nil
    }
}
