/// The statements that one connection knows by name, so that the server need not read and plan them anew.
///
/// A statement gets its name when it is used for the second time. 256 get one; the server keeps each for the life of
/// the connection, since a pooler breaks the command that would remove one.
struct StatementNames {
    /// The text of a statement and the types of its values, of which the server makes one plan.
    struct Key: Hashable {
        let sql: String
        let types: UInt128
    }

    /// The way to send a statement.
    enum Way: Equatable {
        /// With its text.
        case unnamed
        /// Prepared first, under this name.
        case prepare(String)
        /// By its name.
        case named(String)
    }

    static let mostNames = 256
    private var names: [Key: String] = [:]
    private var seen: Set<Key> = []

    /// The key of a statement; `nil` for one with too many values to get a name.
    static func key(_ statement: PostgreSQLStatement) -> Key? {
        guard statement.values.count <= 42 else { return nil }
        // Three bits a type, behind a 1 that tells their number.
        return Key(sql: statement.sql, types: statement.values.reduce(1) { $0 << 3 | $1.typeIndex })
    }

    /// The way to send a statement now. After `.prepare` it counts as prepared, until `forget`.
    mutating func way(of key: Key) -> Way {
        if let name = names[key] { return .named(name) }
        guard names.count < Self.mostNames else { return .unnamed }
        guard seen.remove(key) != nil else {
            if seen.count >= 4 * Self.mostNames { seen.removeAll() }
            seen.insert(key)
            return .unnamed
        }
        let name = Self.name(of: key)
        names[key] = name
        return .prepare(name)
    }

    /// Takes back that a statement was prepared.
    mutating func forget(_ key: Key) { names[key] = nil }

    /// A name made of the text, so that behind a pooler no connection has another statement under it (FNV-1a).
    static func name(of key: Key) -> String {
        let (basis, prime): (UInt128, UInt128) = (0x6c62_272e_07bb_0142_62b8_2175_6295_c58d, 1 << 88 | 0x13b)
        var hash = basis
        for byte in key.sql.utf8 { hash = (hash ^ UInt128(byte)) &* prime }
        for index in 0..<16 { hash = (hash ^ (key.types >> (8 * index) & 0xFF)) &* prime }
        return "p" + String(hash, radix: 36)
    }
}
