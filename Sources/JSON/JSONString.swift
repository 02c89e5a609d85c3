/// The decoder of JSON strings and their escapes (RFC 8259, section 7), and the encoder of strings for a terminal.
///
/// ```swift
/// JSONString.printable("a\u{7}b")   // "a\\u0007b"
/// ```
public enum JSONString {
    /// Adds a text between quotation marks, in which everything that a terminal does not print as a character of its
    /// own is an escape: control characters, those of C1 included, line and paragraph separators, and the invisible
    /// ones that reorder the text beside them.
    ///
    ///     var line: [UInt8] = []
    ///     JSONString.appendPrintable("a\u{202E}b\n", to: &line)  // "a\u202eb\u000a", with the quotation marks
    public static func appendPrintable(_ text: String, to bytes: inout [UInt8]) {
        bytes.append(UInt8(ascii: "\""))
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"", "\\": bytes += [UInt8(ascii: "\\"), UInt8(scalar.value)]
            default: appendPrintable(scalar, to: &bytes)
            }
        }
        bytes.append(UInt8(ascii: "\""))
    }

    /// A text of which a terminal prints every character: the others are replaced by their escapes.
    ///
    ///     JSONString.printable("a\nb")  // a\\u000ab
    public static func printable(_ text: String) -> String {
        var bytes: [UInt8] = []
        for scalar in text.unicodeScalars { appendPrintable(scalar, to: &bytes) }
        return String(decoding: bytes, as: UTF8.self)
    }

    /// Adds a character, or its escape if a terminal does not print it. A quotation mark and a backslash stay as they
    /// are.
    public static func appendPrintable(_ scalar: Unicode.Scalar, to bytes: inout [UInt8]) {
        if isPrintable(scalar) {
            bytes += UTF8.encode(scalar) ?? Unicode.UTF8.encodedReplacementCharacter
        } else {
            for unit in String(scalar).utf16 {
                let digits = String(unit, radix: 16)
                bytes += "\\u".utf8
                bytes += repeatElement(UInt8(ascii: "0"), count: 4 - digits.utf8.count)
                bytes += digits.utf8
            }
        }
    }

    private static func isPrintable(_ scalar: Unicode.Scalar) -> Bool {
        if scalar.isASCII { return (0x20..<0x7F).contains(scalar.value) }
        switch scalar.properties.generalCategory {
        case .control, .format, .lineSeparator, .paragraphSeparator, .surrogate, .privateUse, .unassigned: return false
        default: return true
        }
    }

    /// Decodes the part between the quotation marks of a string that the parser accepted.
    ///
    /// - Returns: UTF-8 in an array that was never moved, so that no copy of it is left behind.
    public static func decode(_ text: Span<UInt8>, _ range: Range<Int>) -> [UInt8] {
        var bytes: [UInt8] = []
        // An escape is never shorter than its character.
        bytes.reserveCapacity(range.count)
        var position = range.lowerBound
        while position < range.upperBound {
            guard text[position] == UInt8(ascii: "\\") else {
                bytes.append(text[position])
                position += 1
                continue
            }
            bytes.append(
                contentsOf: UTF8.encode(scalar(text, at: position)) ?? Unicode.UTF8.encodedReplacementCharacter)
            position += escapeLength(text, at: position) ?? 1
        }
        return bytes
    }

    /// The length of the escape at `position`, where a surrogate pair counts as one; `nil` if there is none.
    static func escapeLength(_ text: Span<UInt8>, at position: Int) -> Int? {
        guard position + 1 < text.count else { return nil }
        switch text[position + 1] {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"), UInt8(ascii: "b"), UInt8(ascii: "f"),
            UInt8(ascii: "n"), UInt8(ascii: "r"), UInt8(ascii: "t"):
            return 2
        case UInt8(ascii: "u"):
            guard let unit = codeUnit(text, at: position) else { return nil }
            if !UTF16.isSurrogate(unit) { return 6 }
            guard UTF16.isLeadSurrogate(unit), let trail = codeUnit(text, at: position + 6),
                UTF16.isTrailSurrogate(trail)
            else { return nil }
            return 12
        default: return nil
        }
    }

    private static func scalar(_ text: Span<UInt8>, at position: Int) -> Unicode.Scalar {
        switch text[position + 1] {
        case UInt8(ascii: "b"): return "\u{8}"
        case UInt8(ascii: "f"): return "\u{C}"
        case UInt8(ascii: "n"): return "\n"
        case UInt8(ascii: "r"): return "\r"
        case UInt8(ascii: "t"): return "\t"
        case UInt8(ascii: "u"):
            guard let unit = codeUnit(text, at: position) else { return "\u{FFFD}" }
            guard UTF16.isLeadSurrogate(unit), let trail = codeUnit(text, at: position + 6) else {
                return Unicode.Scalar(unit) ?? "\u{FFFD}"
            }
            return UTF16.decode(UTF16.EncodedScalar([unit, trail]))
        case let byte: return Unicode.Scalar(byte)
        }
    }

    /// The code unit of a `\uXXXX` at `position`; `nil` if there is none.
    private static func codeUnit(_ text: Span<UInt8>, at position: Int) -> UInt16? {
        guard position + 6 <= text.count, text[position] == UInt8(ascii: "\\"),
            text[position + 1] == UInt8(ascii: "u")
        else { return nil }
        var unit: UInt16 = 0
        for offset in 2..<6 {
            guard let digit = Character(Unicode.Scalar(text[position + offset])).hexDigitValue else { return nil }
            unit = unit << 4 | UInt16(digit)
        }
        return unit
    }
}
