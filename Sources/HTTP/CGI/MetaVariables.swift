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
        /// What its name has in common with few others, so that whoever looks for one passes quickly over the rest.
        let signature: UInt16

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
            Entry(
                start: start, nameEnd: nameEnd, valueStart: nameEnd + separatorLength, end: bytes.count,
                signature: Self.signature(length: nameLength, last: variable[nameLength - 1])))
    }

    /// The first value of a variable; `nil` where it is missing or empty, which RFC 3875, section 4.1, makes the same.
    public subscript(name: String) -> String? {
        guard let entry = next(after: -1, Name(name)) else { return nil }
        return entries[entry].isEmpty ? nil : value(entries[entry])
    }

    /// Every value of a variable, in order.
    public func values(of name: String) -> [String] { values(Name(name)) }

    /// Every value that is not empty of the variables that are made from a header field of the request (RFC 3875, section
    /// 4.1.18): behind `HTTP_` the field's name with underscores for hyphens, however the variable is written.
    func values(ofField canonicalName: String) -> [String] {
        values(Name(field: canonicalName), skipsEmpty: true)
    }

    /// Whether a variable stands twice with something in it.
    func isRepeated(_ name: String) -> Bool { isRepeated(Name(name)) }

    /// The same for those that are made from a header field.
    func isRepeated(field canonicalName: String) -> Bool { isRepeated(Name(field: canonicalName)) }

    private func isRepeated(_ name: Name) -> Bool {
        var (last, count) = (-1, 0)
        while let entry = next(after: last, name) {
            if !entries[entry].isEmpty { count += 1 }
            last = entry
        }
        return count > 1
    }

    private func values(_ name: Name, skipsEmpty: Bool = false) -> [String] {
        var values: [String] = []
        var last = -1
        while let entry = next(after: last, name) {
            if !skipsEmpty || !entries[entry].isEmpty { values.append(value(entries[entry])) }
            last = entry
        }
        return values
    }

    /// All variables whose names begin with these upper-case letters, in whatever case, in order.
    func all(whoseNamesBeginWith letters: String) -> [(name: String, value: String)] {
        entries.compactMap { entry in
            let name = text(entry.start..<entry.nameEnd)
            return name.uppercased().hasPrefix(letters) ? (name, value(entry)) : nil
        }
    }

    private func value(_ entry: Entry) -> String { text(entry.valueStart..<entry.end) }

    private func text(_ range: Range<Int>) -> String {
        unsafe bytes.withUnsafeBufferPointer {
            unsafe String(decoding: UnsafeBufferPointer(rebasing: $0[range]), as: UTF8.self)
        }
    }
}

extension MetaVariables {
    /// What is looked for.
    private struct Name {
        /// The text with which the variable's name ends.
        let text: String
        /// What stands before that.
        let prefix: StaticString
        /// Whether case and the kind of dash count for nothing.
        let isFolded: Bool

        /// A variable's name.
        init(_ name: String) { (text, prefix, isFolded) = (name, "", false) }

        /// The name of a header field, in lower case.
        init(field: String) { (text, prefix, isFolded) = (field, "HTTP_", true) }

        var length: Int { prefix.utf8CodeUnitCount + text.utf8.count }
    }

    /// The length of a name and its last character, whose case and whose kind of dash count for nothing.
    private static func signature(length: Int, last: UInt8) -> UInt16 {
        UInt16(truncatingIfNeeded: length) << 8 | UInt16(folded(last))
    }

    /// A character of a name as a field's name in lower case has it.
    private static func folded(_ byte: UInt8) -> UInt8 {
        if byte == UInt8(ascii: "_") { return UInt8(ascii: "-") }
        return (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(byte) ? byte | 0x20 : byte
    }

    /// The next entry of a name behind another one.
    private func next(after last: Int, _ name: Name) -> Int? {
        var text = name.text
        guard let end = text.withUTF8({ unsafe $0.last }) else { return nil }
        let signature = Self.signature(length: name.length, last: end)
        var index = last + 1
        while index < entries.count {
            if entries[index].signature == signature && isNamed(name, entries[index]) { return index }
            index += 1
        }
        return nil
    }

    private func isNamed(_ name: Name, _ entry: Entry) -> Bool {
        guard entry.nameEnd - entry.start == name.length else { return false }
        let variable = bytes.span.extracting(entry.start..<entry.nameEnd)
        let prefixLength = name.prefix.utf8CodeUnitCount
        var text = name.text
        let endsWithText = text.withUTF8 { text in
            for index in text.indices {
                let byte = variable[prefixLength + index]
                if unsafe (name.isFolded ? Self.folded(byte) : byte) != text[index] { return false }
            }
            return true
        }
        guard endsWithText else { return false }
        return name.prefix.withUTF8Buffer { prefix in
            for index in prefix.indices where unsafe prefix[index] != variable[index] { return false }
            return true
        }
    }
}
