import System

/// Percent-encoding (RFC 3986, section 2.1).
public enum PercentEncoding {
    /// The byte of the triplet at `index`; `nil` if there is none.
    private static func byte(_ text: Span<UInt8>, at index: Int) -> UInt8? {
        guard index + 2 < text.count, text[index] == UInt8(ascii: "%"), let high = Hex.value(text[index + 1]),
            let low = Hex.value(text[index + 2])
        else { return nil }
        return high << 4 | low
    }

    /// Decodes every triplet of a text and appends the result.
    ///
    /// - Parameter plusIsSpace: whether `+` stands for a space, as in form bodies. In a path or query it stands for
    ///   itself, as in many an email address.
    /// - Returns: `false` if a percent sign begins no triplet.
    static func decode(_ text: Span<UInt8>, plusIsSpace: Bool = false, into output: inout [UInt8]) -> Bool {
        var index = 0
        while index < text.count {
            switch text[index] {
            case UInt8(ascii: "%"):
                guard let byte = byte(text, at: index) else { return false }
                output.append(byte)
                index += 3
            case UInt8(ascii: "+") where plusIsSpace:
                output.append(UInt8(ascii: " "))
                index += 1
            case let byte:
                output.append(byte)
                index += 1
            }
        }
        return true
    }

    /// Decodes the triplets that stand for unreserved characters, which need no encoding (RFC 3986, section 6.2.2.2),
    /// and no others.
    ///
    /// An encoded slash stays encoded, and a dot segment stays in place: neither may lead to a route past the web
    /// server's rules.
    public static func normalize(_ path: String) -> String {
        guard path.utf8.contains(UInt8(ascii: "%")) else { return path }
        let text = Array(path.utf8)
        var output: [UInt8] = []
        output.reserveCapacity(text.count)
        var index = 0
        while index < text.count {
            if let byte = byte(text.span, at: index), isUnreserved(byte) {
                output.append(byte)
                index += 3
            } else {
                output.append(text[index])
                index += 1
            }
        }
        return String(decoding: output, as: UTF8.self)
    }

    /// Encodes all but the unreserved characters, so that the text can stand in any part of an address.
    public static func encode(_ text: String) -> String {
        var output: [UInt8] = []
        for byte in text.utf8 {
            if isUnreserved(byte) {
                output.append(byte)
            } else {
                output += [UInt8(ascii: "%"), uppercase(byte >> 4), uppercase(byte & 15)]
            }
        }
        return String(decoding: output, as: UTF8.self)
    }

    /// The uppercase digit that RFC 3986, section 2.1, asks for.
    private static func uppercase(_ number: UInt8) -> UInt8 { number < 10 ? 0x30 + number : 0x37 + number }

    /// Returns whether a byte is an unreserved character (RFC 3986, section 2.3).
    private static func isUnreserved(_ byte: UInt8) -> Bool {
        switch Unicode.Scalar(byte) {
        case "a"..."z", "A"..."Z", "0"..."9", "-", ".", "_", "~": true
        default: false
        }
    }
}
