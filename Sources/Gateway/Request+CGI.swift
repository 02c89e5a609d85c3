import HTTPTypes

extension Request {
    /// Makes a request from the meta-variables and the body stream of CGI/1.1 (RFC 3875, section 4), which FastCGI
    /// shares.
    ///
    /// - `Authorization` is taken from `HTTP_AUTHORIZATION`, or from `REDIRECT_HTTP_AUTHORIZATION`, under which Apache
    ///   hands it over after an internal redirect.
    /// - `HTTP_PROXY` is dropped: no client may set what looks like a setting of the process.
    /// - `REQUEST_URI`, where the server sends it, is the target as the client wrote it; else it is `SCRIPT_NAME`,
    ///   `PATH_INFO` and `QUERY_STRING`.
    /// - `POSTERN_REQUIRED_ROLE` and `POSTERN_REQUIRED_ORG` come from the server's configuration: no header field of a client can
    ///   have such a name.
    /// - Without `CONTENT_LENGTH` the body of a method that has one ends with the stream.
    ///
    /// The whole body, up to `bodyLimit` bytes, is read before this returns.
    public init(
        _ variables: MetaVariables, body source: inout some BodySource, bodyLimit: Int
    ) throws(MalformedRequest) {
        guard let name = variables["REQUEST_METHOD"], let method = HTTPRequest.Method(rawValue: name) else {
            throw .method
        }
        let (path, query) = try Self.target(variables)
        let length = try Self.contentLength(variables)
        let fields = try Self.headerFields(variables)
        let hasBody = length != nil || [.post, .put, .patch].contains(method)
        self.init(
            head: HTTPRequest(
                method: method,
                scheme: Self.scheme(variables),
                authority: variables["HTTP_HOST"],
                path: query.isEmpty ? path : "\(path)?\(query)",
                headerFields: fields),
            path: path,
            query: query,
            scriptName: variables["SCRIPT_NAME"] ?? "",
            remoteAddress: variables["REMOTE_ADDR"] ?? "",
            role: variables["FCGI_ROLE"] == "AUTHORIZER" ? .authorizer : .responder,
            requiredRole: variables["POSTERN_REQUIRED_ROLE"],
            requiredOrganization: variables["POSTERN_REQUIRED_ORG"],
            body: hasBody ? RequestBody(from: &source, declaredLength: length, limit: bodyLimit) : RequestBody())
    }

    private static func scheme(_ variables: MetaVariables) -> String {
        if let https = variables["HTTPS"]?.lowercased(), https != "off" { return "https" }
        return variables["REQUEST_SCHEME"]?.lowercased() ?? "http"
    }

    private static func target(_ variables: MetaVariables) throws(MalformedRequest) -> (path: String, query: String) {
        if let target = variables["REQUEST_URI"] {
            guard target.utf8.first == UInt8(ascii: "/") else { throw .target }
            return split(target)
        }
        let path = (variables["SCRIPT_NAME"] ?? "") + (variables["PATH_INFO"] ?? "")
        guard path.utf8.first == UInt8(ascii: "/") else { throw .target }
        return (path, variables["QUERY_STRING"] ?? "")
    }

    /// Splits a target into path and query, at the first question mark byte, as the web server does.
    public static func split(_ target: String) -> (path: String, query: String) {
        guard let mark = target.utf8.firstIndex(of: UInt8(ascii: "?")) else { return (target, "") }
        let rest = target.utf8[mark...].dropFirst()
        return (
            String(decoding: target.utf8[..<mark], as: UTF8.self), String(decoding: rest, as: UTF8.self)
        )
    }

    private static func contentLength(_ variables: MetaVariables) throws(MalformedRequest) -> Int? {
        let values = Set(variables.values(of: "CONTENT_LENGTH"))
        guard values.count <= 1 else { throw .contentLength }
        // Some servers write -1 for a length that they do not know.
        guard let text = values.first, !text.isEmpty, text != "-1" else { return nil }
        guard text.utf8.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }) else {
            throw .contentLength
        }
        // A number too large for `Int` is larger than any limit.
        return Int(text) ?? .max
    }

    /// The fields whose second occurrence would make the request mean two things (RFC 9110, section 5.3).
    private static let singletons: [HTTPField.Name] = [.authorization, .contentType, .origin]

    /// What is no field of the request, or has a place of its own.
    private static let notFields = ["proxy", "content-type", "content-length", "host"]

    /// The name of a field, as it is made a variable's; `nil` where it is none.
    private static func fieldName(_ name: Substring.UTF8View) -> HTTPField.Name? {
        // As they are mostly written, and lower case, so that the name need not be folded.
        HTTPField.Name(
            unsafe String(unsafeUninitializedCapacity: name.count) { buffer in
                for (index, byte) in name.enumerated() {
                    let isUpper = (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(byte)
                    unsafe buffer[index] = byte == UInt8(ascii: "_") ? UInt8(ascii: "-") : isUpper ? byte | 0x20 : byte
                }
                return name.count
            })
    }

    private static func headerFields(_ variables: MetaVariables) throws(MalformedRequest) -> HTTPFields {
        var fields = HTTPFields()
        for (name, value) in variables.protocolVariables where !value.isEmpty {
            // By the name as a field, however the variable's is written.
            if let fieldName = fieldName(name), !notFields.contains(fieldName.canonicalName) {
                fields.append(HTTPField(name: fieldName, value: value))
            }
        }
        if !fields.contains(.authorization), let value = variables["REDIRECT_HTTP_AUTHORIZATION"] {
            fields[.authorization] = value
        }
        for type in variables.values(of: "CONTENT_TYPE") where !type.isEmpty {
            fields.append(HTTPField(name: .contentType, value: type))
        }
        for name in singletons where fields[values: name].count > 1 {
            throw .repeatedField(name.canonicalName)
        }
        return fields
    }
}
