extension Request {
    static func target(_ variables: MetaVariables) throws(MalformedRequest) -> (path: String, query: String) {
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

    static func contentLength(_ variables: MetaVariables) throws(MalformedRequest) -> Int? {
        let values = variables.values(of: "CONTENT_LENGTH")
        guard values.allSatisfy({ $0 == values.first }) else { throw .contentLength }
        // Some servers write -1 for a length that they do not know.
        guard let text = values.first, !text.isEmpty, text != "-1" else { return nil }
        guard text.utf8.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }) else {
            throw .contentLength
        }
        // A number too large for `Int` is larger than any limit.
        return Int(text) ?? .max
    }
}
