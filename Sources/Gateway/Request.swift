public import HTTPTypes

/// One request as the web server handed it over.
public final class Request: Sendable {
    /// What the web server asks of the program (FastCGI 1.0, section 6).
    public enum Role: Sendable, Equatable {
        /// Answer the request (section 6.2; the only role of CGI).
        case responder
        /// Say whether the request may go on (section 6.3).
        case authorizer
    }

    /// The method.
    public let method: HTTPRequest.Method
    /// The path of the target: as the client wrote it, where the server tells, without the query.
    public let path: String
    /// The query of the target, without the question mark; empty where there is none.
    public let query: String
    /// The header fields.
    public let headerFields: RequestFields
    /// The peer of the web server (`REMOTE_ADDR`); empty where the server does not tell.
    public let remoteAddress: String
    /// The role in which the program is called.
    public let role: Role
    /// The body.
    public let body: RequestBody

    private let variables: MetaVariables

    /// Makes a request from the meta-variables and the body stream of CGI/1.1 (RFC 3875, section 4), which FastCGI
    /// shares.
    ///
    /// - `REQUEST_URI`, where the server sends it, is the target as the client wrote it; else it is `SCRIPT_NAME`,
    ///   `PATH_INFO` and `QUERY_STRING`.
    /// - Without `CONTENT_LENGTH` the body of a method that has one ends with the stream.
    ///
    /// The whole body, up to `bodyLimit` bytes, is read before this returns; none where that is negative: then every body
    /// is too large.
    public init(
        _ variables: MetaVariables, body source: inout some BodySource, bodyLimit: Int
    ) throws(MalformedRequest) {
        guard let name = variables["REQUEST_METHOD"], let method = HTTPRequest.Method(rawValue: name) else {
            throw .method
        }
        let (path, query) = try Self.target(variables)
        let length = try Self.contentLength(variables)
        let hasBody = length != nil || [.post, .put, .patch].contains(method)
        headerFields = try RequestFields(variables)
        self.variables = variables
        self.method = method
        self.path = path
        self.query = query
        remoteAddress = variables["REMOTE_ADDR"] ?? ""
        role = variables["FCGI_ROLE"] == "AUTHORIZER" ? .authorizer : .responder
        body = hasBody ? RequestBody(from: &source, declaredLength: length, limit: bodyLimit) : RequestBody()
    }

    /// The scheme by which the client speaks to the web server (`HTTPS`, `REQUEST_SCHEME`).
    public var scheme: String {
        if let https = variables["HTTPS"]?.lowercased(), https != "off" { return "https" }
        return variables["REQUEST_SCHEME"]?.lowercased() ?? "http"
    }

    /// The host that the client asked, with its port where it named one (`HTTP_HOST`).
    public var authority: String? { variables["HTTP_HOST"]?.withoutObsoleteText }

    /// Where the server mounted the program (`SCRIPT_NAME`); a prefix of `path`, or unrelated to it.
    public var scriptName: String { variables["SCRIPT_NAME"] ?? "" }

    /// The least role that an authorizer shall ask for (`POSTERN_REQUIRED_ROLE`), as the web server's administrator wrote
    /// it: no header field of a client can have such a name.
    public var requiredRole: String? { variables["POSTERN_REQUIRED_ROLE"] }

    /// The organization for which an authorizer shall ask (`POSTERN_REQUIRED_ORG`), as the administrator wrote it.
    public var requiredOrganization: String? { variables["POSTERN_REQUIRED_ORG"] }
}

/// What makes a CGI request unusable before its meaning is looked at.
public enum MalformedRequest: Error, Sendable, Equatable {
    /// `REQUEST_METHOD` is missing or no token (RFC 9110, section 9.1).
    case method
    /// The target is missing or does not begin with a slash.
    case target
    /// `CONTENT_LENGTH` is no number, or was sent twice with different values.
    case contentLength
    /// A header field that may stand only once was sent twice.
    case repeatedField(String)
}
