import Glibc

/// The address under which the world reaches an installation: a scheme, a host and perhaps a port, without a path
/// (RFC 3986, section 3).
///
/// ```swift
/// PublicURL("HTTPS://Auth.Example.ORG:443/")?.description  // "https://auth.example.org"
/// PublicURL("http://auth.example.org")                     // nil: in clear text only to this machine
/// ```
public struct PublicURL: Sendable, Equatable, CustomStringConvertible {
    /// The address in its normal form (RFC 3986, section 6.2): in small letters, without the scheme's own port and
    /// without a slash at its end.
    public let description: String

    /// A scheme, a host name of 253 characters and a port have no more bytes.
    private static let limit = 300

    /// Reads an address; `nil` for anything else, and for one of plain HTTP that is not this machine's own.
    public init?(_ text: String) {
        guard text.utf8.count <= Self.limit, text.utf8.allSatisfy({ (0x21...0x7E).contains($0) }) else { return nil }
        let text = text.lowercased()
        let isSecure = text.hasPrefix("https://")
        guard isSecure || text.hasPrefix("http://") else { return nil }
        var authority = text.dropFirst(isSecure ? 8 : 7)
        if authority.hasSuffix("/") { authority = authority.dropLast() }
        guard let (host, port) = Self.hostAndPort(authority), let host = PublicHost(host),
            isSecure || host.isLoopback
        else { return nil }
        let scheme = isSecure ? "https" : "http"
        description = "\(scheme)://\(host.text)" + (port.flatMap { $0 == (isSecure ? 443 : 80) ? nil : ":\($0)" } ?? "")
    }

    /// Parts the host, an IPv6 address with its brackets, from the port, which may be missing.
    private static func hostAndPort(_ authority: Substring) -> (Substring, UInt16?)? {
        let afterAddress = authority.lastIndex(of: "]") ?? authority.startIndex
        guard let colon = authority[afterAddress...].firstIndex(of: ":") else { return (authority, nil) }
        let digits = authority[authority.index(after: colon)...]
        guard (1...5).contains(digits.utf8.count),
            digits.utf8.allSatisfy((UInt8(ascii: "0")...UInt8(ascii: "9")).contains),
            let port = UInt16(digits), port > 0
        else { return nil }
        return (authority[..<colon], port)
    }
}

/// The host of a `PublicURL`: a name of the DNS (RFC 1123, section 2.1), an IPv4 address, or an IPv6 address in
/// brackets.
private struct PublicHost {
    let text: String
    /// True for the addresses and names that lead to the machine itself (RFC 6761, section 6.3).
    let isLoopback: Bool

    /// Reads a host in small letters.
    init?(_ host: Substring) {
        if host.hasPrefix("["), host.hasSuffix("]") {
            guard let address = Self.normalized(String(host.dropFirst().dropLast())) else { return nil }
            text = "[\(address)]"
            isLoopback = address == "::1"
            return
        }
        let labels = host.split(separator: ".", omittingEmptySubsequences: false)
        guard host.utf8.count <= 253, let last = labels.last, labels.allSatisfy(Self.isLabel) else { return nil }
        text = String(host)
        // Browsers take a host for an IPv4 address if its last label is a number (https://url.spec.whatwg.org,
        // ends-in-a-number checker): it has to be one in full.
        if Self.isNumber(last) {
            var address = in_addr()
            guard unsafe inet_pton(AF_INET, text, &address) == 1 else { return nil }
            isLoopback = labels[0] == "127"
        } else {
            isLoopback = last == "localhost"
        }
    }

    private static func isLabel(_ label: Substring) -> Bool {
        (1...63).contains(label.utf8.count) && !label.hasPrefix("-") && !label.hasSuffix("-")
            && label.utf8.allSatisfy {
                (UInt8(ascii: "a")...UInt8(ascii: "z")).contains($0) || isDigit($0) || $0 == UInt8(ascii: "-")
            }
    }

    private static func isNumber(_ label: Substring) -> Bool {
        label.utf8.allSatisfy(isDigit)
            || label.hasPrefix("0x")
                && label.utf8.dropFirst(2).allSatisfy {
                    isDigit($0) || (UInt8(ascii: "a")...UInt8(ascii: "f")).contains($0)
                }
    }

    private static func isDigit(_ byte: UInt8) -> Bool { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) }

    /// An IPv6 address in the one text form that RFC 5952 gives it.
    private static func normalized(_ text: String) -> String? {
        var address = in6_addr()
        guard unsafe inet_pton(AF_INET6, text, &address) == 1 else { return nil }
        var bytes = [CChar](repeating: 0, count: Int(INET6_ADDRSTRLEN))
        guard unsafe inet_ntop(AF_INET6, &address, &bytes, socklen_t(bytes.count)) != nil else { return nil }
        return String(decoding: bytes.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }
}
