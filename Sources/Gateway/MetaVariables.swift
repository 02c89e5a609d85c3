/// The meta-variables of one CGI/1.1 request (RFC 3875, section 4.1), in the order in which they came.
///
/// A web server may send a name twice (nginx before 1.23 does so for a repeated header field), so this is a list and
/// no dictionary: what is repeated is seen, and never silently the first or the last. There are some 25 in each request,
/// of which few are ever asked for: all lie in one piece of memory, and become texts when they are.
public struct MetaVariables: Sendable, ExpressibleByDictionaryLiteral {
    /// Where a variable lies among the bytes.
    private struct Entry {
        let start: Int
        let nameEnd: Int
        let valueStart: Int
        let end: Int

        var nameLength: Int { nameEnd - start }
        var isEmpty: Bool { valueStart == end }
    }

    private var bytes: [UInt8] = []
    private var entries: [Entry] = []

    /// Makes an empty list, with room for a usual request: just under what malloc has at hand (1 KiB).
    public init() {
        bytes.reserveCapacity(960)
        entries.reserveCapacity(28)
    }

    /// Makes a list from names and values, as tests and the process environment give them.
    public init(_ variables: some Sequence<(key: String, value: String)>) {
        self.init()
        for (name, value) in variables { append(name: name, value: value) }
    }

    public init(dictionaryLiteral elements: (String, String)...) {
        self.init()
        for (name, value) in elements { append(name: name, value: value) }
    }

    /// Adds a variable. An empty name is ignored.
    public mutating func append(name: String, value: String) {
        append(Array((name + value).utf8).span, nameLength: name.utf8.count)
    }

    /// Adds a variable by the bytes of its name and its value, with what stands between them. An empty name is ignored.
    ///
    /// - Parameters:
    ///   - nameLength: how many bytes the name has.
    ///   - separatorLength: how many bytes lie between name and value.
    public mutating func append(_ variable: Span<UInt8>, nameLength: Int, separatorLength: Int = 0) {
        guard nameLength > 0 else { return }
        let start = bytes.count
        unsafe variable.withUnsafeBufferPointer { unsafe bytes.append(contentsOf: $0) }
        let nameEnd = start + nameLength
        entries.append(
            Entry(start: start, nameEnd: nameEnd, valueStart: nameEnd + separatorLength, end: bytes.count))
    }

    /// The first value of a variable; `nil` where it is missing or empty, which RFC 3875, section 4.1, makes the same.
    public subscript(name: String) -> String? {
        guard let entry = entries.first(where: { isNamed(name, $0) }), !entry.isEmpty else { return nil }
        return value(entry)
    }

    /// Every value of a variable, in order.
    public func values(of name: String) -> [String] {
        values { isNamed(name, $0) }
    }

    /// Every value that is not empty of the variables that are made from a header field of the request (RFC 3875, section
    /// 4.1.18): behind `HTTP_` the field's name with underscores for hyphens, however the variable is written.
    func values(ofField canonicalName: String) -> [String] {
        values { !$0.isEmpty && isField(canonicalName, $0) }
    }

    /// How many values `values(ofField:)` has.
    func count(ofField canonicalName: String) -> Int {
        entries.count { !$0.isEmpty && isField(canonicalName, $0) }
    }

    private func values(where isMeant: (Entry) -> Bool) -> [String] {
        var values: [String] = []
        for entry in entries where isMeant(entry) { values.append(value(entry)) }
        return values
    }

    private func value(_ entry: Entry) -> String {
        unsafe bytes.withUnsafeBufferPointer {
            unsafe String(decoding: UnsafeBufferPointer(rebasing: $0[entry.valueStart..<entry.end]), as: UTF8.self)
        }
    }

    private func isNamed(_ name: String, _ entry: Entry) -> Bool {
        entry.nameLength == name.utf8.count && nameEnds(entry, with: name, folding: false)
    }

    private static let fieldPrefix = "HTTP_"

    private func isField(_ canonicalName: String, _ entry: Entry) -> Bool {
        entry.nameLength == Self.fieldPrefix.utf8.count + canonicalName.utf8.count
            && nameEnds(entry, with: canonicalName, folding: true)
            && bytes[entry.start...].starts(with: Self.fieldPrefix.utf8)
    }

    /// Whether the end of a variable's name is this text.
    ///
    /// - Parameter folding: whether the text is a field's name in lower case, with hyphens.
    private func nameEnds(_ entry: Entry, with text: String, folding: Bool) -> Bool {
        var index = entry.nameEnd - text.utf8.count
        for expected in text.utf8 {
            var byte = bytes[index]
            if folding {
                if byte == UInt8(ascii: "_") {
                    byte = UInt8(ascii: "-")
                } else if (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(byte) {
                    byte |= 0x20
                }
            }
            if byte != expected { return false }
            index += 1
        }
        return true
    }
}
