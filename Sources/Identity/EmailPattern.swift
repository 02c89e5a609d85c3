import Glibc

/// A POSIX extended regular expression (IEEE Std 1003.1, chapter 9.4) that a whole email address has to match, case
/// apart.
///
/// It is matched by an automaton that never goes back, so no expression takes long: back-references, which have none, are
/// refused, and so are repetition counts that would make it large.
public struct EmailPattern: Sendable, Equatable {
    /// The longest expression in bytes.
    public static let maximumLength = 255
    /// How large an expression may grow: the counts of all its repetitions multiplied, where `+` counts two and `{2,}`
    /// three, since that is how many copies of its operand the system's library makes, in one another where they nest.
    public static let maximumRepetition = 256

    /// The expression.
    public let text: String

    /// Why an expression is refused.
    enum Refusal: Error, Equatable {
        case tooLong
        case unprintable
        case backReference
        case repetition
        case malformed
    }

    /// Checks an expression.
    init(_ text: String) throws(Refusal) {
        guard text.utf8.count <= Self.maximumLength else { throw .tooLong }
        guard !text.isEmpty, text.utf8.allSatisfy({ (0x20..<0x7F).contains($0) }) else { throw .unprintable }
        guard !Self.hasBackReference(text) else { throw .backReference }
        guard Self.repetition(of: text) <= Self.maximumRepetition else { throw .repetition }
        // By itself, so that no parenthesis is left for the group below.
        guard Self.compiles(text) else { throw .malformed }
        self.text = text
    }

    /// Takes over what the store kept.
    public init(stored text: String) {
        self.text = text
    }

    /// Whether an address matches. None does where the store kept what would be refused now.
    public func matches(_ email: EmailAddress) -> Bool {
        guard Self.repetition(of: text) <= Self.maximumRepetition else { return false }
        return unsafe Self.withCompiled("^(\(text))$") { expression in
            unsafe regexec(expression, email.key, 0, nil, 0) == 0
        } ?? false
    }

    private static func compiles(_ text: String) -> Bool {
        unsafe withCompiled(text) { _ in true } ?? false
    }

    private static func withCompiled<Value>(
        _ text: String, _ use: (UnsafePointer<regex_t>) -> Value
    ) -> Value? {
        var expression = unsafe regex_t()
        guard unsafe regcomp(&expression, text, REG_EXTENDED | REG_ICASE | REG_NOSUB) == 0 else { return nil }
        defer { unsafe regfree(&expression) }
        return unsafe use(&expression)
    }

    private static func hasBackReference(_ text: String) -> Bool {
        var isEscaped = false
        for byte in text.utf8 {
            if isEscaped, (UInt8(ascii: "1")...UInt8(ascii: "9")).contains(byte) { return true }
            isEscaped = byte == UInt8(ascii: "\\") && !isEscaped
        }
        return false
    }

    /// All counts, multiplied; what looks like one in a bracket expression too, which only refuses more.
    private static func repetition(of text: String) -> Int {
        let plus = text.utf8.count { $0 == UInt8(ascii: "+") }
        let counts = text.split(separator: "{", omittingEmptySubsequences: false).dropFirst().map { part in
            let numbers = part.prefix { $0 != "}" }.split(separator: ",").compactMap { Int($0) }
            return max(numbers.max() ?? 0, 0) + 1
        }
        return (counts + [Int](repeating: 2, count: plus)).reduce(1) { product, count in
            let (result, overflow) = product.multipliedReportingOverflow(by: count)
            return overflow ? .max : result
        }
    }
}
