/// An email address that can name an account.
///
/// Its form is that of RFC 5321, section 4.1.2, and RFC 6531 without quoted local parts, comments and address literals.
public struct EmailAddress: Hashable, Sendable, CustomStringConvertible {
    /// The longest address in bytes (RFC 5321, section 4.5.3.1, and its erratum 1690).
    public static let maximumLength = 254

    /// The address as it was given, without white space around it, in Normalization Form C.
    public let address: String

    /// The form under which it is unique: the local part in Normalization Form C and case folding, and the domain in
    /// A-labels (RFC 5890), so that each internationalized domain has one spelling.
    public let key: String

    /// The reason for which a text is not an address.
    enum Refusal: Error, Equatable {
        /// Its form is another, or it is too long.
        case malformed
        /// Its domain is not ASCII, and the library that converts it is not there.
        case unsupportedDomain

        /// What is wrong, in words for whoever sent it.
        var detail: String {
            switch self {
            case .malformed: "This is not a valid email address of at most \(EmailAddress.maximumLength) bytes."
            case .unsupportedDomain:
                "A domain beyond ASCII can't be converted on this server, which lacks libidn2: write it in A-labels (xn--…)."
            }
        }
    }

    /// Checks an address.
    ///
    /// - Returns: `nil` where it is not valid, or longer than 254 bytes.
    public init?(_ text: String) {
        try? self.init(checking: text)
    }

    /// Checks an address.
    ///
    /// - Parameter domains: converts domains beyond ASCII; `nil` where nothing can.
    init(checking text: String, _ domains: DomainNames? = .system) throws(Refusal) {
        let address: String
        do throws(NormalizationFault) {
            address = try text.trimmed.inNormalFormC(atMost: Self.maximumLength)
        } catch {
            throw .malformed
        }
        let parts = address.split(separator: "@", omittingEmptySubsequences: false)
        guard address.utf8.count <= Self.maximumLength, parts.count == 2,
            Self.isLocalPart(parts[0]), Self.isDomain(parts[1])
        else { throw .malformed }
        let domain = try Self.key(ofDomain: String(parts[1]), domains)
        self.address = address
        self.key = "\(String(parts[0]).caseFoldedInNormalFormC)@\(domain)"
    }

    /// Takes over what the store kept.
    public init(stored address: String, key: String) {
        self.address = address
        self.key = key
    }

    /// The key under which an account is looked for that somebody names by its address.
    ///
    /// What is not a valid address has a key, too: there may be an account of an earlier version's rules.
    static func lookupKey(_ text: String) -> String {
        if let email = EmailAddress(text) { return email.key }
        let text = text.trimmed
        return (try? text.inNormalFormC(atMost: maximumLength))?.caseFoldedInNormalFormC ?? text
    }

    public var description: String { address }

    /// The part before the `@`.
    public var localPart: String { String(address.prefix { $0 != "@" }) }
}

extension EmailAddress {
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

    /// The domain in A-labels and small letters.
    private static func key(ofDomain domain: String, _ domains: DomainNames?) throws(Refusal) -> String {
        var key = domain.lowercased()
        if !domain.utf8.allSatisfy({ $0 < 0x80 }) {
            guard let domains else { throw .unsupportedDomain }
            // Once more, since what looks like a letter may stand for a dot and a digit.
            guard let converted = domains.inALabels(domain), converted.utf8.allSatisfy({ $0 < 0x80 }),
                isDomain(converted[...])
            else { throw .malformed }
            key = converted.lowercased()
        }
        // No top-level domain is a number: this is an IPv4 address.
        guard let last = key.split(separator: ".").last, !last.utf8.allSatisfy(\.isASCIIDigit) else { throw .malformed }
        return key
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
