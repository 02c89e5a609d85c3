/// Apache's password files: `user:hash` on each line. Lines that begin with `#` are comments.
///
///     # staff
///     ann:$2y$05$ZdRiCFOqEYiYPHGyjrVxFu…
struct Htpasswd: ImportSource {
    let options: ImportOptions
    let framing = ImportFraming.lines

    func read(_ record: ImportRecord) throws(AuthenticationError) -> ImportResult {
        guard case .text(let line) = record.content else { return .skipped }
        let text = line.drop(while: \.isTextSpace)
        if text.first == UInt8(ascii: "#") { return .skipped }
        var account = ForeignAccount()
        guard (try? UTF8Span(validating: line.span)) != nil,
            let colon = text.firstIndex(of: UInt8(ascii: ":")), colon > text.startIndex
        else {
            account.faults.append(InputFault("", .invalidFormat, "This is not a user name, a colon and a hash."))
            return .refused(account.faults, email: nil, externalID: nil)
        }
        let name = String(decoding: text[..<colon], as: UTF8.self)
        account.externalID = name
        account.loginName = name
        account.hasAssignedName = true
        account.passwordHash = String(decoding: text[(colon + 1)...], as: UTF8.self).trimmed
        return try account.result(options)
    }
}
