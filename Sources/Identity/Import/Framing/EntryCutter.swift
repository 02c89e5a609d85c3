import Cryptography

/// A cutter of the entries of LDIF (RFC 2849): lines `name: value` or, in Base64, `name:: value`, which may be folded,
/// with a blank line between entries. Comments and attributes that nobody reads are left out, whatever their length.
///
/// An entry's fields have their names in lower case, without options; `dn` is one of them. A value in a file of its own
/// (`name:< file:///…`) is none.
struct EntryCutter: RecordCutter {
    let unit = ImportRecord.Unit.line

    private let attributes: Set<[UInt8]>
    private var line = 1
    /// The line at which the entry begins; `nil` between entries.
    private var first: Int?
    private var isAtLineStart = true
    /// The part of the present logical line that is read.
    private var text: [UInt8] = []
    private var hasColon = false
    /// False for a comment, and once it shows that nobody reads the attribute.
    private var isWanted = true
    private var size = 0
    private var fields: [[UInt8]: [String]] = [:]
    private var fault: String?

    /// - Parameter attributes: the names of the attributes that are read, in lower case.
    init(attributes: Set<String>) {
        self.attributes = Set(attributes.union(["dn"]).map { Array($0.utf8) })
    }

    mutating func take(_ byte: UInt8) -> CutRecord? {
        if byte == UInt8(ascii: "\n") {
            defer {
                line += 1
                isAtLineStart = true
            }
            return isAtLineStart ? endEntry() : nil
        }
        if byte == UInt8(ascii: "\r") { return nil }
        defer { isAtLineStart = false }
        if isAtLineStart {
            // A line that begins with a space goes on with the one before it.
            if byte == UInt8(ascii: " ") { return nil }
            endLine()
            isWanted = byte != UInt8(ascii: "#")
            if isWanted && first == nil { first = line }
        }
        keep(byte)
        return nil
    }

    mutating func finish() -> CutRecord? { endEntry() }

    private mutating func keep(_ byte: UInt8) {
        guard isWanted else { return }
        if byte == UInt8(ascii: ":") && !hasColon {
            hasColon = true
            if !attributes.contains(Self.name(text)) {
                isWanted = false
                // The name counts no more than the value: a large group has one for each of its members.
                size -= text.count
                text = []
                return
            }
        }
        size += 1
        if size <= CutRecord.limit { text.append(byte) }
    }

    /// The name of an attribute in lower case, without options.
    private static func name(_ text: some Sequence<UInt8>) -> [UInt8] {
        text.prefix { $0 != UInt8(ascii: ";") }.map { byte in
            (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(byte) ? byte | 0x20 : byte
        }
    }

    private mutating func endLine() {
        defer {
            text.removeAll(keepingCapacity: true)
            (isWanted, hasColon) = (true, false)
        }
        guard !text.isEmpty else { return }
        guard let colon = text.firstIndex(of: UInt8(ascii: ":")) else {
            fault = fault ?? "A line of the entry has no colon."
            return
        }
        let name = Self.name(text[..<colon])
        let value = text[(colon + 1)...]
        // An option, as the language of a name, makes another attribute.
        guard !text[..<colon].contains(UInt8(ascii: ";")), value.first != UInt8(ascii: "<") else { return }
        guard let bytes = Self.value(value), (try? UTF8Span(validating: bytes.span)) != nil else {
            let field = String(decoding: name, as: UTF8.self)
            fault = fault ?? "The value of \(field) is not UTF-8, or not Base64."
            return
        }
        if !bytes.isEmpty { fields[name, default: []].append(String(decoding: bytes, as: UTF8.self)) }
    }

    /// The value behind the first colon: as it stands without the spaces before it, or behind another colon in Base64.
    private static func value(_ text: ArraySlice<UInt8>) -> [UInt8]? {
        let isBase64 = text.first == UInt8(ascii: ":")
        var value = (isBase64 ? text.dropFirst() : text).drop { $0 == UInt8(ascii: " ") }
        guard isBase64 else { return Array(value) }
        // The padding, which decides nothing.
        for _ in 0..<2 where value.last == UInt8(ascii: "=") { value.removeLast() }
        return Base64.decode(String(decoding: value, as: UTF8.self))
    }

    private mutating func endEntry() -> CutRecord? {
        endLine()
        defer {
            (first, size, fault) = (nil, 0, nil)
            fields = [:]
        }
        guard let first else { return nil }
        if size > CutRecord.limit { return .tooLong(unit, first) }
        // The version of the form, or what ldapsearch says about the search.
        if fields.isEmpty && fault == nil { return nil }
        if let fault { return CutRecord(unit, first, .invalidFormat, fault) }
        return CutRecord(unit, first, .fields(fields))
    }
}
