/// Percent-encoding (RFC 3986, section 2.1).
///
/// ```swift
/// PercentEncoding.encode("a b/ö")   // "a%20b%2F%C3%B6"
/// ```
public enum PercentEncoding {
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
    public static func isUnreserved(_ byte: UInt8) -> Bool {
        switch Unicode.Scalar(byte) {
        case "a"..."z", "A"..."Z", "0"..."9", "-", ".", "_", "~": true
        default: false
        }
    }
}
