public import HTTPTypes

/// A request as the web server handed it over.
///
/// ```swift
/// let variables: MetaVariables = ["REQUEST_METHOD": "GET", "REQUEST_URI": "/account?x=y", "HTTP_ACCEPT": "*/*"]
/// let request = try Request(variables, body: &source, bodyLimit: 16 << 10)
/// let accepted = request.headerFields[.accept]
/// ```
public final class Request: Sendable {
    /// The task of the program (FastCGI 1.0, section 6).
    public enum Role: Sendable, Equatable {
        /// Answer the request (section 6.2; the only role of CGI).
        case responder
        /// Decide whether the request may go on (section 6.3).
        case authorizer
    }

    /// The method.
    public let method: HTTPRequest.Method
    /// The path of the target without the query, as the client wrote it if the server passes that on.
    public let path: String
    /// The query of the target, without the question mark; empty if there is none.
    public let query: String
    /// The header fields.
    public let headerFields: RequestFields
    /// The address of the web server's peer (`REMOTE_ADDR`); empty if the server does not pass it on.
    public let remoteAddress: String
    /// The role in which the web server calls the program.
    public let role: Role
    /// The body.
    public let body: RequestBody

    private let variables: MetaVariables
    /// The host that the target itself names.
    private let targetAuthority: String?

    /// Makes a request from the meta-variables and the body stream of CGI/1.1 (RFC 3875, section 4), which FastCGI
    /// shares.
    ///
    /// - `REQUEST_URI`, if the server sends it, is the target as the client wrote it; else it is `SCRIPT_NAME`,
    ///   `PATH_INFO` and `QUERY_STRING`.
    /// - Without `CONTENT_LENGTH` the body of a method that has one ends with the stream.
    ///
    /// The whole body, up to `bodyLimit` bytes, is read before this returns. A negative limit reads nothing and makes
    /// every body too large.
    public init(
        _ variables: MetaVariables, body source: inout some BodySource, bodyLimit: Int
    ) throws(MalformedRequest) {
        guard let name = variables["REQUEST_METHOD"], let method = HTTPRequest.Method(rawValue: name) else {
            throw .method
        }
        let target = try Target(variables)
        let length = try Self.contentLength(variables)
        let hasBody = length != nil || [.post, .put, .patch].contains(method)
        headerFields = try RequestFields(variables)
        self.variables = variables
        self.method = method
        path = target.path
        query = target.query
        targetAuthority = target.authority
        remoteAddress = variables["REMOTE_ADDR"] ?? ""
        role = variables["FCGI_ROLE"] == "AUTHORIZER" ? .authorizer : .responder
        body = hasBody ? RequestBody(from: &source, declaredLength: length, limit: bodyLimit) : RequestBody()
    }

    /// The scheme by which the client speaks to the web server (`HTTPS`, `REQUEST_SCHEME`).
    public var scheme: String {
        if let https = variables["HTTPS"]?.lowercased(), https != "off" { return "https" }
        return variables["REQUEST_SCHEME"]?.lowercased() ?? "http"
    }

    /// The host that the client addressed, with its port if it named one.
    ///
    /// A host in the target itself goes before the `Host` field (RFC 9112, section 3.2.2). If there is neither, as with
    /// HTTP/3, it is the web server's own name (`SERVER_NAME`, `SERVER_PORT`).
    public var authority: String? {
        if let authority = targetAuthority ?? variables["HTTP_HOST"] { return authority.withoutObsoleteText }
        guard let name = variables["SERVER_NAME"] else { return nil }
        // An IPv6 address stands there with or without brackets (RFC 3875, section 4.1.14).
        let host = name.contains(":") && !name.hasPrefix("[") ? "[\(name)]" : name
        guard let port = variables["SERVER_PORT"], port != (scheme == "https" ? "443" : "80") else { return host }
        return "\(host):\(port)"
    }

    /// The media type of the body in lower case, without its parameters (RFC 9110, section 8.3.1); empty if none is
    /// named.
    public var mediaType: String {
        let name = (headerFields[.contentType] ?? "").prefix { $0 != ";" }
        return String(name.reversed().drop { $0 == " " || $0 == "\t" }.reversed()).lowercased()
    }

    /// The path at which the server mounted the program (`SCRIPT_NAME`): a prefix of `path`, or unrelated to it.
    public var scriptName: String { variables["SCRIPT_NAME"] ?? "" }

    /// The requirements that the web server's administrator sets for an authorizer: all variables that are, or are
    /// meant to be, `POSTERN_REQUIRED_…`, the empty and the mistyped ones included. No header field of a client gets
    /// such a name. Settings, which the web server hands to CGI runs too, are not among them.
    public var requirements: [(name: String, value: String)] {
        variables.all(whoseNamesBeginWith: "POSTERN").filter { name, _ in
            !Self.otherNames.contains { $0.utf8.elementsEqual(name.utf8) }
        }
    }

    /// The variables of such names that require nothing: the mark of the shipped configurations for a request that they
    /// sent, and the places of the settings and of the database.
    private static let otherNames = ["POSTERN_IS_ASKED", "POSTERN_CONFIG", "POSTERN_DATABASE"]
}

/// The reason why meta-variables are not a request.
public enum MalformedRequest: Error, Sendable, Equatable {
    /// `REQUEST_METHOD` is missing, or not a token (RFC 9110, section 9.1).
    case method
    /// The target is missing, or neither begins with a slash nor is an absolute address of http or https.
    case target
    /// `CONTENT_LENGTH` is not a number, or was sent twice with different values.
    case contentLength
    /// A header field that may stand only once was sent twice.
    case repeatedField(String)
}
