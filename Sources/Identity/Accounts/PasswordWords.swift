import System

/// Names of a product, its company and the like, which are what an attacker tries first (OWASP ASVS 5.0, 6.2.11).
///
///     let words = PasswordWords("aurora, aurora labs")
///     let isRefused = words?.makeUpMost(of: password)
///
/// Only letters count, in any case: digits, punctuation and white space are left out of words and passwords alike. A
/// password is refused if a word is in it and, once all words are taken out, fewer than four letters remain:
/// `Aurora-2027!` and `myAurora1` are, `aurora borealis` is not. Letters that digits or signs replace (`4urora`) are
/// not seen through.
public struct PasswordWords: Sendable {
    /// No words.
    public static let none = PasswordWords([])

    /// The most words.
    public static let limit = 100
    /// The numbers of letters that a word may have.
    public static let lengths = 2...64
    /// The number of letters beside the words from which on a password is accepted.
    static let sufficientRest = 4

    /// The folded letters of each, the longest first: of two words at one place, the longer one is taken out.
    private let words: [[UInt32]]

    private init(_ words: [[UInt32]]) {
        self.words = words.sorted { $0.count > $1.count }
    }

    /// Reads words that commas separate; `nil` if one has fewer than two or more than 64 letters, or if there are
    /// more than a hundred. An empty text has none.
    public init?(_ text: String) {
        guard text.utf8.contains(where: { $0 != 0x20 }) else {
            self = .none
            return
        }
        let parts = text.split(separator: ",", omittingEmptySubsequences: false)
        guard parts.count <= Self.limit else { return nil }
        var words: [[UInt32]] = []
        for part in parts {
            let normal = String(part).utf8InNormalFormC
            let word = Self.letters(of: normal.span)
            guard Self.lengths.contains(word.count) else { return nil }
            words.append(word)
        }
        self.init(words)
    }

    /// Tells whether a password, UTF-8 in Normalization Form C of bounded length, is little more than some of the
    /// words.
    func makeUpMost(of password: Span<UInt8>) -> Bool {
        guard !words.isEmpty else { return false }
        var letters = Self.letters(of: password)
        defer { Self.wipe(&letters) }
        var (index, rest, isFound) = (0, 0, false)
        while index < letters.count {
            if let word = words.first(where: { letters[index...].starts(with: $0) }) {
                index += word.count
                isFound = true
            } else {
                index += 1
                rest += 1
            }
        }
        return isFound && rest < Self.sufficientRest
    }

    /// The letters and marks of a text, folded by their simple lowercase mapping.
    private static func letters(of text: Span<UInt8>) -> [UInt32] {
        var letters: [UInt32] = []
        // One storage, so that a password is wiped with it.
        letters.reserveCapacity(text.count)
        var index = 0
        while let scalar = scalar(in: text, at: &index) {
            if scalar.isASCII {
                switch scalar.value {
                case 0x41...0x5A: letters.append(scalar.value + 0x20)
                case 0x61...0x7A: letters.append(scalar.value)
                default: break
                }
            } else if scalar.properties.isAlphabetic || scalar.properties.generalCategory == .nonspacingMark {
                // A mapping to several scalars is no simple one: the letter stands for itself.
                let lowercase = scalar.properties.lowercaseMapping.unicodeScalars
                letters.append(lowercase.count == 1 ? lowercase.first?.value ?? scalar.value : scalar.value)
            }
        }
        return letters
    }

    /// The scalar at a place of UTF-8 that is valid, and the place behind it; `nil` at the end.
    private static func scalar(in text: Span<UInt8>, at index: inout Int) -> Unicode.Scalar? {
        guard index < text.count else { return nil }
        let first = UInt32(text[index])
        let length = first < 0x80 ? 1 : first < 0xE0 ? 2 : first < 0xF0 ? 3 : 4
        var value = length == 1 ? first : first & 0x7F >> UInt32(length)
        for next in index + 1..<min(index + length, text.count) { value = value << 6 | UInt32(text[next]) & 0x3F }
        index += length
        return Unicode.Scalar(value) ?? "\u{FFFD}"
    }

    private static func wipe(_ letters: inout [UInt32]) {
        unsafe letters.withUnsafeMutableBytes { unsafe WipedBytes.wipe($0) }
    }
}
