import Glibc

/// The address at which a responder listens for its web server.
///
/// ```swift
/// try ListenAddress("unix:/run/postern.sock", socketMode: 0o660, socketGroup: "www-data")
/// try ListenAddress("[::1]:9000")  // .tcp(host: "::1", port: 9000)
/// ```
public enum ListenAddress: Sendable, Equatable, CustomStringConvertible {
    /// A Unix socket that the responder makes. `mode` has its permission bits, whatever the umask; `group` is the name
    /// or the number of the group that owns it, `nil` for the process's own.
    case unix(path: String, mode: UInt32 = 0o660, group: String? = nil)
    /// A TCP address: a host name or an IPv4 or IPv6 address, without brackets. Port 0 lets the kernel choose.
    case tcp(host: String, port: UInt16)
    /// A listening socket that the process inherits from its starter.
    case inherited(descriptor: Int32)

    /// Reads an address: `unix:/run/postern.sock`, `127.0.0.1:9000`, `[::1]:9000`, `localhost:9000` or `fd:3`.
    ///
    /// - Parameters:
    ///   - text: the address.
    ///   - socketMode: the mode of a Unix socket.
    ///   - socketGroup: the group of a Unix socket.
    /// - Throws: `ListenAddressError`
    public init(
        _ text: String, socketMode: UInt32 = 0o660, socketGroup: String? = nil
    ) throws(ListenAddressError) {
        if text.hasPrefix("unix:") {
            let path = String(text.dropFirst(5))
            guard path.hasPrefix("/"), !path.hasSuffix("/"), !path.utf8.contains(0) else {
                throw .relativePath(text)
            }
            self = .unix(path: path, mode: socketMode, group: socketGroup)
        } else if text.hasPrefix("fd:") {
            guard let number = Int32(text.dropFirst(3)), number >= 0 else { throw .descriptor(text) }
            self = .inherited(descriptor: number)
        } else {
            self = try Self.tcpAddress(text)
        }
    }

    private static func tcpAddress(_ text: String) throws(ListenAddressError) -> ListenAddress {
        guard let colon = text.lastIndex(of: ":") else { throw .form(text) }
        guard let port = UInt16(text[text.index(after: colon)...]), port > 0 else { throw .port(text) }
        var host = text[..<colon]
        if host.hasPrefix("["), host.hasSuffix("]") {
            host = host.dropFirst().dropLast()
            guard host.contains(":") else { throw .form(text) }
        } else if host.contains(":") {
            throw .bareIPv6(text)
        }
        guard !host.isEmpty, !host.utf8.contains(0) else { throw .form(text) }
        return .tcp(host: String(host), port: port)
    }

    /// The address as `init(_:socketMode:socketGroup:)` reads it.
    public var description: String {
        switch self {
        case .unix(let path, _, _): "unix:\(path)"
        case .tcp(let host, let port): host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)"
        case .inherited(let descriptor): "fd:\(descriptor)"
        }
    }
}

/// The reason for which a text is not a `ListenAddress`. Each case holds the text.
public enum ListenAddressError: Error, Sendable, Equatable, CustomStringConvertible {
    /// The path after `unix:` does not begin with a slash, or ends with one.
    case relativePath(String)
    /// `fd:` is not followed by the number of a descriptor.
    case descriptor(String)
    /// The port is not a number from 1 to 65535.
    case port(String)
    /// An IPv6 address without brackets.
    case bareIPv6(String)
    /// None of the forms.
    case form(String)

    /// The fault, and the right spelling.
    public var description: String {
        switch self {
        case .relativePath(let text):
            "\"\(text)\": write unix: and the full path of the socket, as unix:/run/postern.sock"
        case .descriptor(let text): "\"\(text)\": write fd: and a number, as fd:3"
        case .port(let text): "\"\(text)\": the port must be a number from 1 to 65535"
        case .bareIPv6(let text): "\"\(text)\": write an IPv6 address in brackets, as [::1]:9000"
        case .form(let text): "\"\(text)\" is not an address: write unix:/path, host:port, [IPv6]:port or fd:number"
        }
    }
}
