import System

// The parts into which the text of a URI falls.
extension PostgreSQLURI {
    /// The entries of a list, between which commas stand.
    static func entries(_ list: String) -> [String] {
        list.utf8.split(separator: UInt8(ascii: ","), omittingEmptySubsequences: false).map { String(Substring($0)) }
    }

    /// Parts a query into names and values.
    static func pairs(_ query: ArraySlice<UInt8>) throws(Fault) -> [String: String] {
        var named: [String: String] = [:]
        for part in query.split(separator: UInt8(ascii: "&"), omittingEmptySubsequences: false) {
            if query.isEmpty { break }
            guard let equals = part.firstIndex(of: UInt8(ascii: "=")) else {
                throw Fault("the URI has a parameter without a value behind the ?")
            }
            let name = try decoded(part[..<equals], "a parameter")
            // Before its value is looked at, which may be the password.
            if let remedy = refused[name] { throw Fault("the URI has \(name)=…: \(remedy)") }
            let value = try decoded(part[(equals + 1)...], name)
            guard named.updateValue(value, forKey: name) == nil else { throw Fault("the URI has \(name)=… twice") }
        }
        return named
    }

    /// Decodes `%41` and the like (RFC 3986, § 2.1).
    static func decoded(_ text: ArraySlice<UInt8>, _ part: String) throws(Fault) -> String {
        var bytes: [UInt8] = []
        var index = text.startIndex
        while index < text.endIndex {
            if text[index] == UInt8(ascii: "%") {
                guard index + 2 < text.endIndex, let high = Hex.value(text[index + 1]),
                    let low = Hex.value(text[index + 2])
                else { throw Fault("the URI has a % in \(part) without two hexadecimal digits behind it: write %25") }
                bytes.append(high << 4 | low)
                index += 3
            } else {
                bytes.append(text[index])
                index += 1
            }
        }
        guard bytes.allSatisfy({ $0 >= 0x20 && $0 != 0x7F }), let decoded = String(validating: bytes, as: UTF8.self)
        else { throw Fault("the URI has a control character in \(part), or bytes that are not UTF-8") }
        return decoded
    }
}
