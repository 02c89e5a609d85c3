/// The place of a database, which says by its form which engine keeps it: a path or `sqlite:PATH`, or the URI of a
/// PostgreSQL database.
///
///     let location = try DatabaseLocation("postgresql://auth@db1,db2/postern?target_session_attrs=read-write")
public enum DatabaseLocation: Sendable {
    /// A fault in the text, as a sentence with its remedy. It holds no password that the text may have.
    public typealias Fault = PostgreSQLTarget.Fault

    /// A file.
    case sqlite(path: String)
    /// A database of a server.
    case postgresql(PostgreSQLTarget)

    /// Reads a location.
    public init(_ text: String) throws(Fault) {
        if PostgreSQLTarget.isMeant(by: text) {
            self = .postgresql(try PostgreSQLTarget(text))
        } else if text.utf8.starts(with: "sqlite:".utf8) {
            self = .sqlite(path: try Self.path(inURI: text))
        } else if Self.isURI(text) {
            let subject = Self.scheme(of: text) ?? "what is before ://"
            throw Fault(
                "\(subject) is not the scheme of a database: write a path, sqlite:PATH or "
                    + "postgresql://USER@HOST/DATABASE")
        } else {
            self = .sqlite(path: text)
        }
    }

    /// The path of `sqlite:PATH`, or of `sqlite:///PATH`, as other programs write it.
    private static func path(inURI text: String) throws(Fault) -> String {
        let rest = text.utf8.dropFirst("sqlite:".utf8.count)
        let hasAuthority = rest.starts(with: "//".utf8)
        let path = String(Substring(hasAuthority ? rest.dropFirst(2) : rest))
        guard !path.isEmpty, !hasAuthority || path.utf8.first == UInt8(ascii: "/") else {
            throw Fault(
                "the database names no file: write sqlite:PATH, such as sqlite:/var/lib/postern/postern.sqlite3")
        }
        return path
    }

    /// Tells whether a text is meant as a URI, such as `postgresql+driver://…` or `jdbc:postgresql://…` of other
    /// programs: as a path it would be printed, with the password that it may hold.
    private static func isURI(_ text: String) -> Bool {
        let bytes = Array(text.utf8)
        guard let first = bytes.first, first != UInt8(ascii: "/"), first != UInt8(ascii: ".") else { return false }
        return bytes.indices.contains { bytes[$0...].starts(with: "://".utf8) }
    }

    /// The scheme at the beginning of a URI (RFC 3986, § 3.1); `nil` if something else stands there, which is not
    /// to be shown.
    private static func scheme(of text: String) -> String? {
        let name = text.utf8.prefix(32).prefix { byte in
            (0x61...0x7A).contains(byte | 0x20) || (0x30...0x39).contains(byte)
                || byte == UInt8(ascii: "+") || byte == UInt8(ascii: "-") || byte == UInt8(ascii: ".")
        }
        return text.utf8.dropFirst(name.count).starts(with: "://".utf8) ? String(Substring(name)) : nil
    }
}

extension DatabaseLocation: CustomStringConvertible {
    /// The path, or role, servers and database.
    public var description: String {
        switch self {
        case .sqlite(let path): path
        case .postgresql(let target): target.description
        }
    }
}
