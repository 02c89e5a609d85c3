/// The meta-variables of a CGI/1.1 request (RFC 3875, section 4.1), in the order in which they came.
///
/// A web server may send a name twice (nginx before 1.23 does so for a repeated header field), so this is a list and
/// not a dictionary: a repetition is seen, and the first or the last never wins silently. Each request has some 25
/// variables, of which few are read, so all lie in one piece of memory and become strings when they are asked for.
///
/// ```swift
/// var variables: MetaVariables = ["REQUEST_METHOD": "GET", "REQUEST_URI": "/account?x=y"]
/// variables.append(name: "HTTP_HOST", value: "auth.example")
/// let host = variables["HTTP_HOST"]
/// ```
public struct MetaVariables: Sendable, ExpressibleByDictionaryLiteral {
    /// The place of a variable among the bytes.
    private struct Entry {
        let start: Int
        let nameEnd: Int
        let valueStart: Int
        let end: Int
        /// The length and the last character of the name, by which a search passes quickly over other names.
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

    /// Adds a variable by the bytes of its name, a separator and its value. An empty name is ignored.
    ///
    /// - Parameters:
    ///   - nameLength: the bytes of the name.
    ///   - separatorLength: the bytes between name and value.
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

    /// The first value of a variable; `nil` if it is missing or empty, which RFC 3875, section 4.1, makes the same.
    public subscript(name: String) -> String? {
        guard let entry = next(after: -1, Name(name)) else { return nil }
        return entries[entry].isEmpty ? nil : value(entries[entry])
    }

    /// Every value of a variable, in order.
    public func values(of name: String) -> [String] { values(Name(name)) }

    /// Every value of a header field of the request that is not empty (RFC 3875, section 4.1.18). The variable's name
    /// is `HTTP_` and the field's name with underscores for hyphens, in whatever case.
    func values(ofField canonicalName: String) -> [String] {
        values(Name(field: canonicalName), skipsEmpty: true)
    }

    /// Returns whether a variable has more than one value that is not empty.
    func isRepeated(_ name: String) -> Bool { isRepeated(Name(name)) }

    /// The same for a header field.
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
    /// The name to look for.
    private struct Name {
        /// The end of the name.
        let text: String
        /// The beginning of the name.
        let prefix: StaticString
        /// True if `text` matches in any case, and with underscores for hyphens.
        let isFolded: Bool

        /// A variable's name.
        init(_ name: String) { (text, prefix, isFolded) = (name, "", false) }

        /// The name of a header field, in lower case.
        init(field: String) { (text, prefix, isFolded) = (field, "HTTP_", true) }

        var length: Int { prefix.utf8CodeUnitCount + text.utf8.count }
    }

    /// The length of a name and its last character, folded.
    private static func signature(length: Int, last: UInt8) -> UInt16 {
        UInt16(truncatingIfNeeded: length) << 8 | UInt16(folded(last))
    }

    /// The character as it stands in the lower-case name of a field.
    private static func folded(_ byte: UInt8) -> UInt8 {
        if byte == UInt8(ascii: "_") { return UInt8(ascii: "-") }
        return (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(byte) ? byte | 0x20 : byte
    }

    /// The index of the next entry of a name after another one.
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
