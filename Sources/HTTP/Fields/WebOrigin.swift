/// The origin of a page: scheme, host and port (RFC 6454, section 4). Two are equal if all three are, whether or not a
/// default port was written.
struct WebOrigin: Equatable {
    enum Scheme: String {
        case http, https

        var defaultPort: UInt16 {
            switch self {
            case .http: 80
            case .https: 443
            }
        }
    }

    let scheme: Scheme
    private let host: String
    private let port: UInt16

    init(_ scheme: Scheme, _ place: HostAndPort) {
        self.scheme = scheme
        host = place.host
        port = place.port ?? scheme.defaultPort
    }

    /// Reads the value of an `Origin` field; `nil` for `null` and for anything but one origin of http or https.
    init?(_ text: String) {
        guard let colon = text.utf8.firstIndex(of: UInt8(ascii: ":")),
            let scheme = Scheme(rawValue: text[..<colon].lowercased()), text[colon...].hasPrefix("://"),
            let place = HostAndPort(String(text[colon...].dropFirst(3)))
        else { return nil }
        self.init(scheme, place)
    }
}
