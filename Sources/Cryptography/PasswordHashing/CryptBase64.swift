/// The base64 of crypt(5): the digits `./0-9A-Za-z`, and where they make numbers the lowest six bits first.
enum CryptBase64 {
    /// The value of a digit; `nil` if the character is not one.
    static func value(_ digit: UInt8) -> Int? {
        switch digit {
        case UInt8(ascii: "."), UInt8(ascii: "/"): Int(digit - UInt8(ascii: "."))
        case UInt8(ascii: "0")...UInt8(ascii: "9"): Int(digit - UInt8(ascii: "0")) + 2
        case UInt8(ascii: "A")...UInt8(ascii: "Z"): Int(digit - UInt8(ascii: "A")) + 12
        case UInt8(ascii: "a")...UInt8(ascii: "z"): Int(digit - UInt8(ascii: "a")) + 38
        default: nil
        }
    }

    /// Tells whether a text consists of digits only.
    static func isValid(_ text: Substring) -> Bool {
        text.utf8.allSatisfy { value($0) != nil }
    }

    /// The number that digits make, the lowest first; `nil` if one of them is not a digit.
    static func number(_ digits: Substring) -> Int? {
        digits.utf8.reversed().reduce(0) { number, digit in
            guard let number, let value = value(digit) else { return nil }
            return number << 6 | value
        }
    }

    /// The bytes that a text encodes, three in each four digits; `nil` if it is not an encoding.
    static func decode(_ text: Substring) -> [UInt8]? {
        var bytes: [UInt8] = []
        var rest = text
        while !rest.isEmpty {
            let group = rest.prefix(4)
            guard let number = number(group), group.count > 1, number >> (8 * (group.count - 1)) == 0 else {
                return nil
            }
            for index in 0..<(group.count - 1) { bytes.append(UInt8(truncatingIfNeeded: number >> (8 * index))) }
            rest = rest.dropFirst(4)
        }
        return bytes
    }
}
