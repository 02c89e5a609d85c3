/// A set of bytes.
struct ByteSet: Sendable, Equatable {
    private var words = SIMD4<UInt64>()

    /// The set of all bytes.
    static let all: ByteSet = {
        var set = ByteSet()
        set.formComplement()
        return set
    }()

    /// True if the set contains a byte.
    func contains(_ byte: UInt8) -> Bool { words[Int(byte >> 6)] & 1 << UInt64(byte & 63) != 0 }

    /// Adds a byte.
    mutating func insert(_ byte: UInt8) { words[Int(byte >> 6)] |= 1 << UInt64(byte & 63) }

    /// Adds the bytes of another set.
    mutating func formUnion(_ other: ByteSet) { words |= other.words }

    /// Replaces the set with its complement.
    mutating func formComplement() { words = ~words }
}

extension ByteSet {
    /// Creates the set of a character class in the POSIX locale, ignoring case (IEEE Std 1003.1, section 9.3.5); `nil`
    /// if no class has the name.
    init?(characterClass name: [UInt8]) {
        guard let isMember = Self.characterClasses[String(decoding: name, as: UTF8.self)] else { return nil }
        for byte: UInt8 in 0..<0x80 where isMember(byte) || isMember(byte.asciiUppercased) { insert(byte) }
    }

    private static let characterClasses: [String: @Sendable (UInt8) -> Bool] = [
        "alpha": { $0.isASCIILetter }, "upper": { $0.isASCIILetter }, "lower": { $0.isASCIILetter },
        "digit": { $0.isASCIIDigit }, "alnum": { $0.isASCIILetter || $0.isASCIIDigit },
        "xdigit": { $0.isASCIIDigit || (UInt8(ascii: "A")...UInt8(ascii: "F")).contains($0) },
        "blank": { $0 == 0x20 || $0 == 0x09 }, "space": { $0 == 0x20 || (0x09...0x0D).contains($0) },
        "cntrl": { $0 < 0x20 || $0 == 0x7F }, "print": { (0x20..<0x7F).contains($0) },
        "graph": { (0x21..<0x7F).contains($0) },
        "punct": { (0x21..<0x7F).contains($0) && !$0.isASCIILetter && !$0.isASCIIDigit },
    ]
}

extension UInt8 {
    /// True if the byte is an ASCII letter.
    var isASCIILetter: Bool { (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(asciiUppercased) }

    /// True if the byte is an ASCII digit.
    var isASCIIDigit: Bool { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(self) }

    /// The upper case of an ASCII letter; any other byte unchanged.
    var asciiUppercased: UInt8 {
        (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(self) ? self - 0x20 : self
    }
}
