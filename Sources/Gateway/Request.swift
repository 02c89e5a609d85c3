public import HTTPTypes

/// One request as the web server handed it over.
public struct Request: Sendable {
    /// What the web server asks of the program (FastCGI 1.0, section 6).
    public enum Role: Sendable, Equatable {
        /// Answer the request (section 6.2; the only role of CGI).
        case responder
        /// Say whether the request may go on (section 6.3).
        case authorizer
    }

    /// Method, scheme, authority, target and header fields.
    public let head: HTTPRequest
    /// The path of the target: as the client wrote it, where the server tells, without the query.
    public let path: String
    /// The query of the target, without the question mark; empty where there is none.
    public let query: String
    /// Where the server mounted the program (`SCRIPT_NAME`); a prefix of `path`, or unrelated to it.
    public let scriptName: String
    /// The peer of the web server (`REMOTE_ADDR`); empty where the server does not tell.
    public let remoteAddress: String
    /// The role in which the program is called.
    public let role: Role
    /// The least role that an authorizer shall ask for (`POSTERN_REQUIRED_ROLE`), as the web server's administrator wrote it.
    public let requiredRole: String?
    /// The organization for which an authorizer shall ask (`POSTERN_REQUIRED_ORG`), as the administrator wrote it.
    public let requiredOrganization: String?
    /// The body.
    public let body: RequestBody

    /// Makes a request from its parts.
    public init(
        head: HTTPRequest, path: String, query: String = "", scriptName: String = "", remoteAddress: String = "",
        role: Role = .responder, requiredRole: String? = nil, requiredOrganization: String? = nil,
        body: RequestBody = RequestBody()
    ) {
        self.head = head
        self.path = path
        self.query = query
        self.scriptName = scriptName
        self.remoteAddress = remoteAddress
        self.role = role
        self.requiredRole = requiredRole
        self.requiredOrganization = requiredOrganization
        self.body = body
    }
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
