import Glibc

/// The part of a client's address by which clients are told apart: all of an IPv4 address, and the first 64 bits of an
/// IPv6 address, since a client has all the others for itself (RFC 4291, section 2.5.4).
struct ClientNetwork: Hashable, Sendable, CustomStringConvertible {
    let description: String

    /// - Parameter address: in text form. What is no address, such as an empty text, is a network of its own.
    init(_ address: String) {
        var bytes = [UInt8](repeating: 0, count: 16)
        guard unsafe inet_pton(AF_INET6, address, &bytes) == 1 else {
            description = address
            return
        }
        // An IPv4 address in the form of an IPv6 one (RFC 4291, section 2.5.5.2).
        if bytes.prefix(12) == [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF] {
            description = bytes.suffix(4).map(String.init).joined(separator: ".")
        } else {
            description = bytes.prefix(8).map { String($0, radix: 16) }.joined(separator: ":") + "/64"
        }
    }
}
