/// A regular expression that a whole email address must match, ignoring case.
///
///     let pattern = try EmailPattern(".*@(dev[.])?example[.]com")
///     pattern.matches(email)
///
/// The syntax is that of POSIX extended regular expressions (IEEE Std 1003.1, section 9.4) without back-references,
/// collating symbols and equivalence classes. An organization's owner writes the expression and every process runs it,
/// so its cost is bounded: it becomes an automaton of at most 2,000 states (about 32 KiB) that reads an address once
/// and visits each state at most once a byte, which makes half a million steps, or some milliseconds, at most.
///
/// It is matched against the address's key, whose domain consists of A-labels: `.*@xn--bcher-kva[.]example`.
public struct EmailPattern: Sendable, Equatable {
    /// The maximum length of an expression in bytes.
    public static let maximumLength = 255

    /// The expression.
    public let text: String

    /// Creates a pattern.
    public init(_ text: String) throws(Fault) {
        _ = try Self.program(of: text)
        self.text = text
    }

    /// Reads an expression from a request or a command's arguments.
    public init(input text: String) throws(ValueFault) {
        do throws(Fault) {
            try self.init(text)
        } catch {
            throw ValueFault(error.code, error.detail)
        }
    }

    /// Creates a pattern from a stored expression, without checking it.
    public init(stored text: String) {
        self.text = text
    }

    /// The fault of a stored expression, which an earlier version may have accepted; `nil` if it is valid.
    public var fault: Fault? {
        do throws(Fault) {
            _ = try Self.program(of: text)
            return nil
        } catch {
            return error
        }
    }

    /// True if an address matches. None does if the expression is not valid.
    public func matches(_ email: EmailAddress) -> Bool {
        guard let program = try? Self.program(of: text) else { return false }
        return program.matches(email.key.utf8)
    }

    private static func program(of text: String) throws(Fault) -> PatternProgram {
        guard text.utf8.count <= maximumLength else { throw .tooLong }
        guard !text.isEmpty, text.utf8.allSatisfy({ (0x20..<0x7F).contains($0) }) else { throw .unprintable }
        return try PatternProgram(PatternParser.parse(Array(text.utf8)))
    }
}

extension EmailPattern {
    /// A reason why an expression is refused.
    public enum Fault: Error, Equatable {
        /// It has too many bytes.
        case tooLong
        /// It is empty, or contains a character other than printable ASCII.
        case unprintable
        /// It refers back to the match of a group.
        case backReference
        /// A backslash precedes a letter, a digit or the sign of a word boundary.
        case escapedLetter
        /// A backslash is inside of brackets.
        case escapeInBrackets
        /// Its automaton would have too many states, or a count is too large.
        case tooLarge
        /// Its groups are nested too deeply.
        case tooDeep
        /// Its syntax is wrong.
        case malformed

        /// The code of the fault for programs.
        var code: InputFault.Code {
            switch self {
            case .tooLong: .tooLong
            case .unprintable: .invalidCharacter
            case .tooLarge, .tooDeep, .backReference, .escapedLetter, .escapeInBrackets, .malformed: .invalidFormat
            }
        }

        /// An explanation that may be shown to the author of the expression.
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
