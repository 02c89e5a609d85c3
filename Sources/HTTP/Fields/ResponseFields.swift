public import HTTPTypes

/// The header fields of an answer, kept as the lines to write (RFC 3875, section 6.3).
///
/// A value stays on its line whatever it holds. `Content-Length` is never among the fields: it is written from the
/// content.
///
/// ```swift
/// var fields: ResponseFields = [.contentType: "application/json", .cacheControl: "no-store"]
/// fields.append(.setCookie, cookie.clearing)
/// ```
public struct ResponseFields: Sendable, ExpressibleByDictionaryLiteral {
    /// `Name: value`, CR, LF for each.
    private(set) var lines: [UInt8] = []

    /// Makes fields in the order of a literal.
    public init(dictionaryLiteral elements: (HTTPField.Name, String)...) {
        for (name, value) in elements { append(name, value) }
    }

    /// Adds a field after the others.
    public mutating func append(_ name: HTTPField.Name, _ value: String) {
        guard name != .contentLength else { return }
        if lines.isEmpty { lines.reserveCapacity(512) }
        lines.append(text: name.rawName)
        lines.append(text: ": ")
        lines.appendLine(value)
    }

    /// Adds all fields of another list after the others.
    public mutating func append(contentsOf other: ResponseFields) {
        lines.append(contentsOf: other.lines)
    }

    /// The value of a field, with commas between the values of a repeated one; `nil` if it is missing. Setting it
    /// replaces all of its values.
    public subscript(name: HTTPField.Name) -> String? {
        get {
            let values = self[values: name]
            return values.isEmpty ? nil : values.joined(separator: ", ")
        }
        set {
            while let line = range(of: name, from: 0) { lines.removeSubrange(line) }
            if let newValue { append(name, newValue) }
        }
    }

    /// The values of a field, in order.
    public subscript(values name: HTTPField.Name) -> [String] {
        var values: [String] = []
        var start = 0
        while let line = range(of: name, from: start) {
            let value = lines[line].dropFirst(name.rawName.utf8.count + 2).dropLast(2)
            values.append(String(decoding: value, as: UTF8.self))
            start = line.upperBound
        }
        return values
    }

    /// The first line with a field, at or after `start`, which is the beginning of a line.
    private func range(of name: HTTPField.Name, from start: Int) -> Range<Int>? {
        var start = start
        while let end = lines[start...].firstIndex(of: UInt8(ascii: "\n")) {
            let next = end + 1
            let length = name.canonicalName.utf8.count
            if next - start > length, lines[start + length] == UInt8(ascii: ":"),
                lines[start..<start + length].elementsEqual(
                    name.canonicalName.utf8, by: { $0 == $1 || $0 | 0x20 == $1 })
            {
                return start..<next
            }
            start = next
        }
        return nil
    }
}

extension [UInt8] {
    /// Adds a text and the end of the line, without the characters that could begin another line.
    mutating func appendLine(_ text: String) {
        let start = endIndex
        append(text: text)
        if self[start...].contains(where: { $0 < 0x20 && $0 != 0x09 || $0 == 0x7F }) {
            removeSubrange(start...)
            append(contentsOf: text.utf8.filter { $0 >= 0x20 && $0 != 0x7F })
        }
        append(text: "\r\n")
    }

    /// Adds a text, in one piece.
    fileprivate mutating func append(text: String) {
        var text = text
        text.withUTF8 { unsafe append(contentsOf: $0) }
    }
}
