/// The snippets of SQL that engines spell differently.
protocol SQLDialect {
    /// The function for the least of its arguments.
    static var least: String { get }
    /// The function for the place of its second argument in the first, from 1; 0 if it is not there.
    static var position: String { get }
    /// The end of a query whose rows nobody changes or removes until the transaction ends.
    static var forShare: String { get }
    /// The end of a query that leaves out the rows which another transaction has locked, and locks the others.
    static var skippingLocked: String { get }
    /// The text of `PasswordQueries.lookup`, kept since each login needs it.
    static var passwordLookup: String { get }
    /// The text of `AuditQueries.insertion`, kept since nearly each write needs it.
    static var auditInsertion: String { get }

    /// True if a list merges a range of an index for each value of a column that may have any. Else a list is one
    /// range, of an index that the engine chooses.
    static var mergesIndexRanges: Bool { get }
    /// True if the engine finds the rows behind two keys as one range of an index: `(major, minor) > (1, 2)`.
    static var comparesRows: Bool { get }

    /// A condition: some of these bits are set in a column.
    static func hasBits(_ bits: Int64, _ column: String) -> String
    /// A condition: a column with 0 or 1 has 1.
    static func isSet(_ column: String) -> String
    /// A table in a FROM clause, read by one of its indexes; `nil` to read the rows themselves.
    static func rows(of table: String, by index: String?) -> String
    /// A condition for a change of rows of a table that have an `id` and meet a condition, but for those that are
    /// locked, if transactions write side by side.
    static func unlocked(_ table: String, _ condition: String) -> String
    /// A join of the members of a JSON object of texts, or of NULL: `member.key` and `member.value`.
    static func joinedMembers(ofJSON value: String) -> String
    /// A condition: a column contains a text, in either case of each letter.
    static func contains(_ text: String, _ column: String) -> SQLFragment
    /// A condition: a column has a character beyond ASCII.
    static func isBeyondASCII(_ column: String) -> String

    /// The columns by which entries of the audit log are in order, as far as a statement sets them.
    static var auditPlace: String { get }
    /// The values of these columns.
    ///
    /// - Parameter time: the time of the entry.
    static func auditPlace(of time: String) -> String
    /// The source of a row of the audit log with these values, in an INSERT statement.
    static func auditRow(_ values: String) -> String
}

extension Unicode.Scalar {
    /// The letter in each of its cases that is a single one too, itself first. No locale of a database has a say in it.
    var caseForms: String.UnicodeScalarView {
        let cases = [properties.lowercaseMapping, properties.uppercaseMapping, properties.titlecaseMapping]
        var forms = String.UnicodeScalarView([self])
        for form in cases.map(\.unicodeScalars) {
            if form.count == 1, let form = form.first, !forms.contains(form) { forms.append(form) }
        }
        return forms
    }
}
