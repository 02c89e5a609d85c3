/// An email address of an account.
///
///     EmailAddress("Ann@Bücher.example")?.key   // "ann@xn--bcher-kva.example"
///
/// The syntax is that of RFC 5321, section 4.1.2, and RFC 6531, without quoted local parts, comments and address
/// literals.
public struct EmailAddress: Hashable, Sendable, CustomStringConvertible {
    /// The maximum length in bytes (RFC 5321, section 4.5.3.1, and its erratum 1690).
    public static let maximumLength = 254

    /// The address as entered, without surrounding white space, in Normalization Form C.
    public let address: String

    /// The unique form: the local part case-folded in Normalization Form C, and the domain in A-labels (RFC 5890), so
    /// that each internationalized domain has one spelling.
    public let key: String

    static let malformed = ValueFault(
        .invalidFormat, "This is not a valid email address of at most \(maximumLength) bytes.")
    static let unsupportedDomain = ValueFault(
        .invalidFormat,
        "A domain beyond ASCII can't be converted on this server, which lacks libidn2: write it in A-labels (xn--…).")

    /// Reads an address; `nil` if it is not valid or longer than 254 bytes.
    public init?(_ text: String) {
        try? self.init(input: text)
    }

    /// Reads an address.
    public init(input text: String) throws(ValueFault) {
        try self.init(input: text, .system)
    }

    /// - Parameter domains: the converter of domains beyond ASCII; `nil` if there is none.
    init(input text: String, _ domains: DomainNames?) throws(ValueFault) {
        let address: String
        do throws(NormalizationFault) {
            address = try text.trimmed.inNormalFormC(atMost: Self.maximumLength)
        } catch {
            throw Self.malformed
        }
        let parts = address.split(separator: "@", omittingEmptySubsequences: false)
        guard address.utf8.count <= Self.maximumLength, parts.count == 2,
            Self.isLocalPart(parts[0]), Self.isDomain(parts[1])
        else { throw Self.malformed }
        let domain = try Self.key(ofDomain: String(parts[1]), domains)
        self.address = address
        self.key = "\(String(parts[0]).caseFoldedInNormalFormC)@\(domain)"
    }

    /// Creates an address from its stored parts, without checking them.
    public init(stored address: String, key: String) {
        self.address = address
        self.key = key
    }

    /// The key by which to look up an account.
    ///
    /// A text that is not a valid address has a key too: an earlier version may have accepted it.
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

    /// The domain in A-labels and lower case.
    private static func key(ofDomain domain: String, _ domains: DomainNames?) throws(ValueFault) -> String {
        var key = domain.lowercased()
        if !domain.utf8.allSatisfy({ $0 < 0x80 }) {
            guard let domains else { throw Self.unsupportedDomain }
            // Checked again, since a letter-like character may convert to a dot and a digit.
            guard let converted = domains.inALabels(domain), converted.utf8.allSatisfy({ $0 < 0x80 }),
                isDomain(converted[...])
            else { throw Self.malformed }
            key = converted.lowercased()
        }
        // No top-level domain is a number: the domain would be an IPv4 address.
        guard let last = key.split(separator: ".").last, !last.utf8.allSatisfy(\.isASCIIDigit) else {
            throw Self.malformed
        }
        return key
    }

    private static func isAtomText(_ scalar: Unicode.Scalar) -> Bool {
        isLetterOrDigit(scalar) || "!#$%&'*+-/=?^_`{|}~".unicodeScalars.contains(scalar)
    }

    /// True if the scalar is an ASCII letter or digit, or any other visible letter, mark or number.
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
