/// A regular expression that a whole email address has to match, case apart.
///
/// Its language is that of POSIX extended regular expressions (IEEE Std 1003.1, section 9.4) without back-references,
/// collating symbols and equivalence classes. The owner of an organization writes it and every process runs it, so its
/// cost is bounded whatever it says: it becomes an automaton of at most 2,000 states (some 32 KiB), which reads an
/// address once and visits each state at most once a byte: half a million steps at most, some milliseconds.
///
/// It is matched with the address's key, whose domain is made of A-labels: `.*@xn--bcher-kva[.]example`.
public struct EmailPattern: Sendable, Equatable {
    /// The longest expression in bytes.
    public static let maximumLength = 255

    /// The expression.
    public let text: String

    /// Checks an expression.
    public init(_ text: String) throws(Refusal) {
        _ = try Self.program(of: text)
        self.text = text
    }

    /// Takes over what the store kept.
    public init(stored text: String) {
        self.text = text
    }

    /// The reason for which no address matches; `nil` for an expression that is valid.
    ///
    /// The store may keep what an earlier version accepted.
    public var refusal: Refusal? {
        do throws(Refusal) {
            _ = try Self.program(of: text)
            return nil
        } catch {
            return error
        }
    }

    /// Whether an address matches. None does where the expression is not valid.
    public func matches(_ email: EmailAddress) -> Bool {
        guard let program = try? Self.program(of: text) else { return false }
        return program.matches(email.key.utf8)
    }

    private static func program(of text: String) throws(Refusal) -> PatternProgram {
        guard text.utf8.count <= maximumLength else { throw .tooLong }
        guard !text.isEmpty, text.utf8.allSatisfy({ (0x20..<0x7F).contains($0) }) else { throw .unprintable }
        return try PatternProgram(PatternParser.parse(Array(text.utf8)))
    }
}

extension EmailPattern {
    /// The reason for which an expression is refused.
    public enum Refusal: Error, Equatable {
        /// It has more bytes than it may have.
        case tooLong
        /// It is empty, or has a character that is not printable ASCII.
        case unprintable
        /// It refers back to what a group matched.
        case backReference
        /// A backslash stands before a letter, a digit or a word boundary's sign.
        case escapedLetter
        /// A backslash stands inside of brackets.
        case escapeInBrackets
        /// Its automaton would have too many states, or a count is too large.
        case tooLarge
        /// Its groups are nested too deeply.
        case tooDeep
        /// It is not an expression.
        case malformed

        /// What is wrong, in words that can be shown to whoever wrote it.
        public var detail: String {
            switch self {
            case .tooLong: "An expression has at most \(EmailPattern.maximumLength) bytes."
            case .unprintable: "An expression is made of printable ASCII characters."
            case .backReference: "An expression must not refer back to what a group matched."
            case .escapedLetter:
                #"A backslash stands before punctuation only: write [0-9] for \d, [a-z0-9_] for \w, and [^ ] for \S."#
            case .escapeInBrackets:
                #"A backslash has no meaning inside of brackets: write [0-9] for [\d], and [.-] for [\.\-]."#
            case .tooLarge:
                "An expression repeats at most \(PatternParser.maximumCount) times, and has at most "
                    + "\(PatternParser.maximumStates) states: write + or * in place of large counts."
            case .tooDeep: "The groups of an expression are nested at most \(PatternParser.maximumDepth) deep."
            case .malformed: "This is not a valid POSIX extended regular expression."
            }
        }
    }
}
