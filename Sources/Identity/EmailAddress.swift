/// An email address that can name an account.
///
/// Its form is that of RFC 5321, section 4.1.2, and RFC 6531 without quoted local parts, comments and address literals.
public struct EmailAddress: Hashable, Sendable, CustomStringConvertible {
    /// The longest address in bytes (RFC 5321, section 4.5.3.1, and its erratum 1690).
    public static let maximumLength = 254

    /// The address as it was given, in Normalization Form C.
    public let address: String

    /// The form under which it is unique: Normalization Form C and case folding.
    public let key: String

    /// Checks an address.
    ///
    /// - Returns: `nil` where it is none, or longer than 254 bytes.
    public init?(_ text: String) {
        let address = text.inNormalFormC
        let parts = address.split(separator: "@", omittingEmptySubsequences: false)
        guard address.utf8.count <= Self.maximumLength, parts.count == 2,
            Self.isLocalPart(parts[0]), Self.isDomain(parts[1])
        else { return nil }
        self.address = address
        self.key = address.caseFoldedInNormalFormC
    }

    /// Takes over what the store kept.
    public init(stored address: String, key: String) {
        self.address = address
        self.key = key
    }

    public var description: String { address }

    /// The part before the `@`.
    public var localPart: String { String(address.prefix { $0 != "@" }) }

    private static func isLocalPart(_ text: Substring) -> Bool {
        let atoms = text.split(separator: ".", omittingEmptySubsequences: false)
        return (1...64).contains(text.utf8.count)
            && atoms.allSatisfy { atom in !atom.isEmpty && atom.unicodeScalars.allSatisfy(isAtomText) }
    }

    private static func isDomain(_ text: Substring) -> Bool {
        let labels = text.split(separator: ".", omittingEmptySubsequences: false)
        return labels.allSatisfy { label in
            (1...63).contains(label.utf8.count) && !label.hasPrefix("-") && !label.hasSuffix("-")
                && label.unicodeScalars.allSatisfy { isLetterOrDigit($0) || $0 == "-" }
        }
    }

    private static func isAtomText(_ scalar: Unicode.Scalar) -> Bool {
        isLetterOrDigit(scalar) || "!#$%&'*+-/=?^_`{|}~".unicodeScalars.contains(scalar)
    }

    /// ASCII letters and digits, and beyond ASCII every letter, mark and number that can be seen.
    private static func isLetterOrDigit(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar {
        case "a"..."z", "A"..."Z", "0"..."9": return true
        default:
            guard !scalar.isASCII, !scalar.properties.isDefaultIgnorableCodePoint else { return false }
            switch scalar.properties.generalCategory {
            case .uppercaseLetter, .lowercaseLetter, .titlecaseLetter, .modifierLetter, .otherLetter, .nonspacingMark,
                .spacingMark, .enclosingMark, .decimalNumber, .letterNumber, .otherNumber:
                return true
            default: return false
            }
        }
    }
}
