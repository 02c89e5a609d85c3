extension Request {
    /// The target of a request (RFC 9112, section 3.2).
    struct Target: Equatable {
        /// The host with its port; `nil` in a target without one.
        let authority: String?
        let path: String
        let query: String

        /// Reads the target as the client wrote it, or puts it together from its parts.
        init(_ variables: MetaVariables) throws(MalformedRequest) {
            let slash = UInt8(ascii: "/")
            guard let target = variables["REQUEST_URI"] else {
                path = (variables["SCRIPT_NAME"] ?? "") + (variables["PATH_INFO"] ?? "")
                query = variables["QUERY_STRING"] ?? ""
                authority = nil
                guard path.utf8.first == slash else { throw .target }
                return
            }
            guard target.utf8.first != slash else {
                (path, query) = Request.split(target)
                authority = nil
                return
            }
            guard let parts = Self.absoluteForm(target) else { throw .target }
            (authority, path, query) = parts
        }

        /// The parts of the absolute form, which clients send to proxies and every server takes (RFC 9112, section
        /// 3.2.2); `nil` for anything else, and for one with user information (RFC 9110, section 4.2.4).
        private static func absoluteForm(_ target: String) -> (authority: String, path: String, query: String)? {
            let schemes = ["http://", "https://"]
            guard let scheme = schemes.first(where: { target.prefix($0.count).lowercased() == $0 }) else { return nil }
            let rest = target.dropFirst(scheme.count)
            let end = rest.utf8.firstIndex { $0 == UInt8(ascii: "/") || $0 == UInt8(ascii: "?") } ?? rest.endIndex
            let authority = String(rest[..<end])
            guard HostAndPort(authority) != nil else { return nil }
            let (path, query) = Request.split(String(rest[end...]))
            return (authority, path.isEmpty ? "/" : path, query)
        }
    }

    /// Splits a target into path and query at the first question mark, as the web server does.
    public static func split(_ target: String) -> (path: String, query: String) {
        guard let mark = target.utf8.firstIndex(of: UInt8(ascii: "?")) else { return (target, "") }
        let rest = target.utf8[mark...].dropFirst()
        return (
            String(decoding: target.utf8[..<mark], as: UTF8.self), String(decoding: rest, as: UTF8.self)
        )
    }

    /// The value of `CONTENT_LENGTH`; `nil` if the length is not known.
    static func contentLength(_ variables: MetaVariables) throws(MalformedRequest) -> Int? {
        let values = variables.values(of: "CONTENT_LENGTH")
        guard values.allSatisfy({ $0 == values.first }) else { throw .contentLength }
        // Some servers write -1 for an unknown length.
        guard let text = values.first, !text.isEmpty, text != "-1" else { return nil }
        guard text.utf8.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }) else {
            throw .contentLength
        }
        // A number too large for `Int` is larger than any limit.
        return Int(text) ?? .max
    }
}
