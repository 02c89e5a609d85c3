// Repetition counts and bracket expressions.

extension PatternParser {
    /// The count of the preceding atom's repetition; `nil` if there is none.
    mutating func count() throws(EmailPattern.Fault) -> (least: Int, most: Int?)? {
        if skip("*") { return (0, nil) }
        if skip("+") { return (1, nil) }
        if skip("?") { return (0, 1) }
        guard skip("{") else { return nil }
        let least = try number()
        var most = least
        if skip(",") {
            most = try number()
            // Without a number before the comma, the minimum is 0.
            guard least != nil || most != nil else { throw .malformed }
        } else if least == nil {
            throw .malformed
        }
        guard skip("}"), most.map({ (least ?? 0) <= $0 }) ?? true else { throw .malformed }
        return (least ?? 0, most)
    }

    /// A number; `nil` if there is no digit.
    private mutating func number() throws(EmailPattern.Fault) -> Int? {
        var number: Int?
        while let digit = peek(), digit.isASCIIDigit {
            let value = (number ?? 0) * 10 + Int(digit - UInt8(ascii: "0"))
            guard value <= Self.maximumCount else { throw .tooLarge }
            (number, position) = (value, position + 1)
        }
        return number
    }

    /// A bracket expression (IEEE Std 1003.1, section 9.3.5) after its opening bracket.
    mutating func brackets() throws(EmailPattern.Fault) -> ByteSet {
        var set = ByteSet()
        let isComplement = skip("^")
        var isFirst = true
        while isFirst || peek() != UInt8(ascii: "]") {
            // A hyphen is literal only at either end.
            if !isFirst, peek() == UInt8(ascii: "-"), peek(1) != UInt8(ascii: "]") { throw .malformed }
            try addElement(to: &set)
            isFirst = false
        }
        position += 1
        if isComplement { set.formComplement() }
        return set
    }

    /// Adds a character, a range or a class.
    private mutating func addElement(to set: inout ByteSet) throws(EmailPattern.Fault) {
        if peek() == UInt8(ascii: "["), peek(1) == UInt8(ascii: ":") {
            try addClass(to: &set)
            // A class can't begin a range.
            if peek() == UInt8(ascii: "-"), peek(1) != UInt8(ascii: "]") { throw .malformed }
            return
        }
        let first = try element()
        guard peek() == UInt8(ascii: "-"), peek(1) != UInt8(ascii: "]") else {
            set.insert(first)
            return
        }
        position += 1
        let last = try element()
        guard first <= last else { throw .malformed }
        for byte in first...last { set.insert(byte) }
    }

    /// A literal character, in upper case.
    private mutating func element() throws(EmailPattern.Fault) -> UInt8 {
        guard let byte = peek() else { throw .malformed }
        if byte == UInt8(ascii: "\\") { throw .escapeInBrackets }
        if byte == UInt8(ascii: "["), let next = peek(1), ".=:".utf8.contains(next) { throw .malformed }
        position += 1
        return byte.asciiUppercased
    }

    private mutating func addClass(to set: inout ByteSet) throws(EmailPattern.Fault) {
        position += 2
        let name = text[position...].prefix { $0 != UInt8(ascii: ":") }
        position += name.count + 1
        guard skip("]"), let members = ByteSet(characterClass: Array(name)) else { throw .malformed }
        set.formUnion(members)
    }
}
