import HTTPTypes

extension Request {
    /// The media type of the body in lower case, without its parameters (RFC 9110, section 8.3.1); empty where none is
    /// named.
    public var mediaType: String {
        let name = (headerFields[.contentType] ?? "").prefix { $0 != ";" }
        return String(name.reversed().drop { $0 == " " || $0 == "\t" }.reversed()).lowercased()
    }
}
