// Foundation's normalization leaves copies of its input in freed memory, and FoundationEssentials has none; the
// standard library's own is behind this interface.
@_spi(_Unicode) import Swift

extension String {
    /// The UTF-8 bytes of Normalization Form C (Unicode Standard Annex 15).
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
