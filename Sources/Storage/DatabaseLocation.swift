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
        } else if let scheme = Self.foreignScheme(of: text) {
            throw Fault(
                "\(scheme) is not the scheme of a database: write a path, sqlite:PATH or "
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

    /// The letters before `://`, which no path of a file has at its beginning.
    private static func foreignScheme(of text: String) -> String? {
        let name = text.utf8.prefix(16).prefix { byte in (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte | 0x20) }
        let isScheme = !name.isEmpty && text.utf8.dropFirst(name.count).starts(with: "://".utf8)
        return isScheme ? String(Substring(name)) : nil
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
