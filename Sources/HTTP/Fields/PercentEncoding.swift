public import System

/// Percent-decoding, of what a client sends.
extension PercentEncoding {
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
}
