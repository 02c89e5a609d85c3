// Foundation's normalization leaves copies of its input in freed memory, and FoundationEssentials has none. This
// interface gives access to the standard library's own.
@_spi(_Unicode) import Swift

/// A reason why a text is not normalized.
enum NormalizationFault: Error {
    /// The text is too long.
    case tooLong
    /// The text has more combining marks in a row than any script needs.
    case tooManyMarks
}

extension String {
    /// The maximum number of combining marks in a row, from the Stream-Safe Text Format (Unicode Standard Annex 15,
    /// section 13).
    ///
    /// Normalization sorts each run in quadratic time: 8,000 marks take 70 ms.
    static let maximumMarkRun = 30

    /// The maximum number of UTF-8 bytes that Normalization Form C combines into one code point: three code points of
    /// the Gurung Khema script.
    static let maximumBytesPerCodePoint = 12

    /// The text in Normalization Form C, in linear time.
    ///
    /// - Parameter length: the maximum number of code points.
    func inNormalFormC(atMost length: Int) throws(NormalizationFault) -> String {
        guard utf8.count <= length * Self.maximumBytesPerCodePoint else { throw .tooLong }
        guard isStreamSafe else { throw .tooManyMarks }
        let text = inNormalFormC
        guard text.unicodeScalars.count <= length else { throw .tooLong }
        return text
    }

    /// True if the text has at most `maximumMarkRun` combining marks in a row.
    var isStreamSafe: Bool {
        if utf8.allSatisfy({ $0 < 0x80 }) { return true }
        var run = 0
        for scalar in unicodeScalars {
            run = scalar.decomposesToMarks ? run + 1 : 0
            if run > Self.maximumMarkRun { return false }
        }
        return true
    }

    /// The UTF-8 bytes of Normalization Form C (Unicode Standard Annex 15).
    ///
    /// Only for a stream-safe text.
    var utf8InNormalFormC: [UInt8] {
        var bytes: [UInt8] = []
        // NFC at most triples the length of UTF-8, so the array never moves and leaves no copy behind.
        bytes.reserveCapacity(utf8.count * 3)
        for scalar in _nfc { bytes.append(contentsOf: UTF8.encode(scalar) ?? Unicode.UTF8.encodedReplacementCharacter) }
        return bytes
    }

    /// The text in Normalization Form C.
    var inNormalFormC: String {
        utf8.allSatisfy { $0 < 0x80 } ? self : String(decoding: utf8InNormalFormC, as: UTF8.self)
    }

    /// The case-folded text in Normalization Form C: a key that is equal for texts that differ only in case or
    /// composition.
    ///
    /// The result is that of full case folding (Unicode, section 3.13): lower case, then upper case, then lower case
    /// again unifies letters with several forms, such as the sharp s and the two small sigmas. The dotless i remains
    /// distinct.
    var caseFoldedInNormalFormC: String {
        if utf8.allSatisfy({ $0 < 0x80 }) { return lowercased() }
        var folded = ""
        for scalar in unicodeScalars {
            if scalar == "\u{131}" {
                folded.unicodeScalars.append(scalar)
            } else {
                let lower = scalar.properties.lowercaseMapping
                folded += lower.mapScalars(\.properties.uppercaseMapping).mapScalars(\.properties.lowercaseMapping)
            }
        }
        return folded.inNormalFormC
    }

    private func mapScalars(_ mapping: (Unicode.Scalar) -> String) -> String {
        unicodeScalars.map(mapping).joined()
    }
}

extension Unicode.Scalar {
    /// True if the canonical decomposition consists of combining marks only.
    fileprivate var decomposesToMarks: Bool {
        switch self {
        // These have combining class 0 themselves.
        case "\u{F73}", "\u{F75}", "\u{F81}": true
        default: value >= 0x300 && properties.canonicalCombiningClass != .notReordered
        }
    }
}

extension String {
    /// The text without leading and trailing white space.
    var trimmed: String {
        let scalars = unicodeScalars.drop { $0.properties.isWhitespace }
        guard let last = scalars.lastIndex(where: { !$0.properties.isWhitespace }) else { return "" }
        return String(scalars[...last])
    }

    /// True if the text is empty or only white space.
    var isBlank: Bool { unicodeScalars.allSatisfy(\.properties.isWhitespace) }
}
