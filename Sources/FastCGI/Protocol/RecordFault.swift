/// A fault in the records that came on a connection. None of them is answered, and the connection is closed.
public enum RecordFault: Sendable, Equatable, CustomStringConvertible {
    /// The bytes are not those of FastCGI 1.0.
    case notFastCGI
    /// A record stands where none of its kind may: also the abort of a request, which only has its connection closed.
    case unexpectedRecord(kind: UInt8)
    /// The web server asks for a role other than responder (1) and authorizer (2).
    case role(Int)
    /// A name or a value is longer than any may be, or a request whose body is within its limit is longer than 64 KiB:
    /// by its parameters, or by very many very small records.
    case parameters
    /// A record has padding where libfcgi does not skip it, but takes it for records: behind the begin record, and
    /// behind one without content.
    case padding
    /// Two requests at once on one connection, which `FCGI_MPXS_CONNS` denies.
    case multiplexed
    /// The records are well-formed, but libfcgi could not read a request from them, or not in time.
    case unreadable

    /// The fault, for the log.
    public var description: String {
        switch self {
        case .notFastCGI: "the bytes are not FastCGI: is the web server set to fastcgi_pass, and not to proxy_pass?"
        case .unexpectedRecord(let kind): "a FastCGI record of kind \(kind) came where it may not"
        case .role(let role): "the web server asked for the FastCGI role \(role)"
        case .parameters: "the parameters of a request are too long"
        case .padding: "a FastCGI record has padding where it needs none"
        case .multiplexed: "the web server sent two requests at once on one connection"
        case .unreadable: "a request could not be read, or did not come in time"
        }
    }
}
