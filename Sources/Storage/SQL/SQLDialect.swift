/// The snippets of SQL that engines spell differently.
protocol SQLDialect {
    /// The function for the least of its arguments.
    static var least: String { get }
    /// The function for the place of its second argument in the first, from 1; 0 where it is not there.
    static var position: String { get }
    /// The text of `PasswordQueries.lookup`, kept since each login needs it.
    static var passwordLookup: String { get }
    /// A condition: some of these bits are set in a column.
    static func hasBits(_ bits: Int64, _ column: String) -> String
    /// A table in a FROM clause, read by one of its indexes; `nil` to read the rows themselves.
    static func rows(of table: String, by index: String?) -> String
    /// A query for the members of a JSON object of texts: name and value.
    static func members(ofJSON value: String) -> String
    /// A condition: a column contains a text, in either case of each letter.
    static func contains(_ text: String, _ column: String) -> SQLFragment
    /// The seconds since 1970 of a text like `2026-02-08T14:12:45Z`.
    static func seconds(ofTime text: String) -> String
}
