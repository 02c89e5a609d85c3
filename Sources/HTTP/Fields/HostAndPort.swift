/// A host with or without a port (RFC 3986, section 3.2). Two that differ only in the case of letters are equal.
///
/// ```swift
/// HostAndPort("Auth.Example.org:8443")   // host auth.example.org, port 8443
/// HostAndPort("ann@example.org")         // nil
/// ```
public struct HostAndPort: Hashable, Sendable {
    /// The host in lower case; an IPv6 address with its brackets.
    public let host: String
    /// The port; `nil` if none is named.
    public let port: UInt16?

    /// Reads `host`, `host:port` or `[address]:port`; `nil` for anything else, user information included.
    public init?(_ text: String) {
        let bytes = text.utf8
        let hostEnd: String.Index
        if bytes.first == UInt8(ascii: "[") {
            guard let bracket = bytes.firstIndex(of: UInt8(ascii: "]")) else { return nil }
            hostEnd = bytes.index(after: bracket)
            guard bytes[bytes.startIndex..<bracket].dropFirst().allSatisfy(Self.isOfAddress) else { return nil }
        } else {
            hostEnd = bytes.firstIndex(of: UInt8(ascii: ":")) ?? bytes.endIndex
            guard bytes[..<hostEnd].allSatisfy(Self.isOfName) else { return nil }
        }
        guard bytes.startIndex < hostEnd else { return nil }
        host = text[..<hostEnd].lowercased()
        let rest = bytes[hostEnd...]
        guard let colon = rest.first else {
            port = nil
            return
        }
        let digits = rest.dropFirst()
        guard colon == UInt8(ascii: ":"), digits.allSatisfy(Self.isDigit) else { return nil }
        // An empty port is the same as none (RFC 3986, section 3.2.3).
        port = digits.isEmpty ? nil : UInt16(String(decoding: digits, as: UTF8.self))
        guard digits.isEmpty || port != nil else { return nil }
    }

    private static func isDigit(_ byte: UInt8) -> Bool { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) }

    /// Returns whether a byte may stand in an IP literal.
    private static func isOfAddress(_ byte: UInt8) -> Bool {
        isDigit(byte) || (UInt8(ascii: "a")...UInt8(ascii: "f")).contains(byte | 0x20) || ":.".utf8.contains(byte)
    }

    /// Returns whether a byte may stand in a name.
    private static func isOfName(_ byte: UInt8) -> Bool {
        byte > 0x20 && byte != 0x7F && !"/?#@[]\\<>\"".utf8.contains(byte)
    }
}
