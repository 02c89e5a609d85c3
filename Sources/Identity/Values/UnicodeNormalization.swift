// Foundation's normalization leaves copies of its input in freed memory, and FoundationEssentials has none; the
// standard library's own is behind this interface.
@_spi(_Unicode) import Swift

/// The reason for which a text is not normalized.
enum NormalizationFault: Error {
    /// It is longer than what it stands for may be.
    case tooLong
    /// It has more combining marks in a row than any script needs.
    case tooManyMarks
}

extension String {
    /// The most combining marks in a row: those of the Stream-Safe Text Format (Unicode Standard Annex 15, section 13).
    ///
    /// Normalization sorts each run in quadratic time, and 8,000 marks take 70 ms.
    static let maximumMarkRun = 30

    /// The most bytes of UTF-8 of which Normalization Form C makes one code point: three of the Gurung Khema script.
    static let maximumBytesPerCodePoint = 12

    /// The text in Normalization Form C, in a time that is linear in its length.
    ///
    /// - Parameter length: the most code points that it may have.
    func inNormalFormC(atMost length: Int) throws(NormalizationFault) -> String {
        guard utf8.count <= length * Self.maximumBytesPerCodePoint else { throw .tooLong }
        guard isStreamSafe else { throw .tooManyMarks }
        let text = inNormalFormC
        guard text.unicodeScalars.count <= length else { throw .tooLong }
        return text
    }

    /// Whether it has no more than `maximumMarkRun` combining marks in a row.
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
    /// Only for what is known to be stream-safe.
    var utf8InNormalFormC: [UInt8] {
        var bytes: [UInt8] = []
        // NFC makes UTF-8 at most three times as long, so the array never moves and leaves no copy behind.
        bytes.reserveCapacity(utf8.count * 3)
        for scalar in _nfc { bytes.append(contentsOf: UTF8.encode(scalar) ?? Unicode.UTF8.encodedReplacementCharacter) }
        return bytes
    }

    /// The text in Normalization Form C.
    var inNormalFormC: String {
        utf8.allSatisfy { $0 < 0x80 } ? self : String(decoding: utf8InNormalFormC, as: UTF8.self)
    }

    /// The text with case differences removed, in Normalization Form C: a key under which texts that differ only in case
    /// or composition are equal.
    ///
    /// The result is that of full case folding (Unicode, section 3.13): lower case, upper case and lower case again joins
    /// what has several forms, such as the sharp s and the two small sigmas. The dotless i alone is not to be joined.
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
    /// Whether its canonical decomposition is made of combining marks alone.
    fileprivate var decomposesToMarks: Bool {
        switch self {
        // Of combining class 0 themselves.
        case "\u{F73}", "\u{F75}", "\u{F81}": true
        default: value >= 0x300 && properties.canonicalCombiningClass != .notReordered
        }
    }
}

extension String {
    /// The text without white space at its ends.
    var trimmed: String {
        let scalars = unicodeScalars.drop { $0.properties.isWhitespace }
        guard let last = scalars.lastIndex(where: { !$0.properties.isWhitespace }) else { return "" }
        return String(scalars[...last])
    }

    /// Whether it has nothing but white space.
    var isBlank: Bool { unicodeScalars.allSatisfy(\.properties.isWhitespace) }
}
