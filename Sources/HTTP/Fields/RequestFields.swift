public import HTTPTypes

/// The header fields of a request, read from its meta-variables (RFC 3875, section 4.1.18) when they are asked for.
///
/// - `Authorization` is `HTTP_AUTHORIZATION`, or `REDIRECT_HTTP_AUTHORIZATION`, under which Apache hands it over after
///   an internal redirect.
/// - `Content-Type` is `CONTENT_TYPE`, and nothing else.
/// - `Proxy` is never there: no client may set a variable that looks like a setting of the process.
///
/// ```swift
/// let token = request.headerFields[.authorization]
/// let cookies = request.headerFields[values: .cookie]
/// ```
public struct RequestFields: Sendable {
    private let variables: MetaVariables

    private static let proxy = HTTPField.Name("Proxy")

    /// Reads the fields.
    ///
    /// - Throws: `.repeatedField` for a field that must not stand twice, since the request would mean two things (RFC
    ///   9110, section 5.3).
    init(_ variables: MetaVariables) throws(MalformedRequest) {
        self.variables = variables
        for name in ["authorization", "origin"] where variables.isRepeated(field: name) { throw .repeatedField(name) }
        if variables.isRepeated("CONTENT_TYPE") { throw .repeatedField("content-type") }
    }

    /// The value of a field; `nil` if it is missing. The values of a repeated field have commas between them, those of
    /// `Cookie` semicolons.
    ///
    /// The replacement character stands for each character that may not stand in a value (RFC 9110, section 5.5), and
    /// for each byte beyond ASCII except in `User-Agent`, the only field that is shown to people. A space would part a
    /// value that came as one piece.
    public subscript(name: HTTPField.Name) -> String? {
        let values = self[values: name]
        guard values.count > 1 else { return values.first }
        return values.joined(separator: name == .cookie ? "; " : ", ")
    }

    /// The values of a field, in order.
    public subscript(values name: HTTPField.Name) -> [String] {
        var values: [String] =
            switch name {
            case .contentType: variables.values(of: "CONTENT_TYPE").filter { !$0.isEmpty }
            case Self.proxy: []
            default: variables.values(ofField: name.canonicalName)
            }
        if values.isEmpty && name == .authorization, let value = variables["REDIRECT_HTTP_AUTHORIZATION"] {
            values = [value]
        }
        // Building new strings costs more than seeing that nothing would change.
        if values.allSatisfy({ HTTPField.isValidValue($0) && (name == .userAgent || $0.isASCII) }) { return values }
        return values.map { Self.text(name == .userAgent ? $0 : $0.withoutObsoleteText) }
    }

    /// A value without white space around it, and with replacements for the characters that may not stand in it.
    private static func text(_ value: String) -> String {
        func isSpace(_ scalar: Unicode.Scalar) -> Bool { scalar == " " || scalar == "\t" }
        let scalars = value.unicodeScalars.drop(while: isSpace).reversed().drop(while: isSpace).reversed()
        var text = String.UnicodeScalarView()
        for scalar in scalars {
            let isControl = scalar.value < 0x20 && scalar != "\t" || scalar.value == 0x7F
            text.append(isControl ? "\u{FFFD}" : scalar)
        }
        return String(text)
    }
}

extension String {
    fileprivate var isASCII: Bool { utf8.allSatisfy { $0 < 0x80 } }

    /// The text with a replacement character for each byte beyond ASCII, which RFC 9110, section 5.5, makes opaque.
    ///
    /// Comparing strings normalizes them, which takes quadratic time for many combining marks.
    var withoutObsoleteText: String {
        if isASCII { return self }
        return String(String.UnicodeScalarView(utf8.map { $0 < 0x80 ? Unicode.Scalar($0) : "\u{FFFD}" }))
    }
}
