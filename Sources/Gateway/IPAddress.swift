import Glibc

/// An IPv4 or IPv6 address in text form (RFC 4291, section 2.2).
public struct IPAddress: Sendable, Equatable, CustomStringConvertible {
    public let description: String

    /// Checks an address.
    ///
    /// - Returns: `nil` where it is none.
    public init?(_ text: String) {
        var address = in6_addr()
        guard unsafe inet_pton(AF_INET, text, &address) == 1 || inet_pton(AF_INET6, text, &address) == 1 else {
            return nil
        }
        description = text
    }
}
