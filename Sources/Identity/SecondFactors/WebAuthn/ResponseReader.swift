import Cryptography
import JSON

/// A reader of the browser's answer, as `PublicKeyCredential.toJSON()` makes it (WebAuthn, section 5.1): strict in the
/// members that it takes, and without regard for others.
public struct ResponseReader {
    private let text: [UInt8]
    private let members: [[UInt8]: JSONParser.Node]

    /// Reads a text that is the answer.
    init(json text: [UInt8]) throws(WebAuthnError) {
        guard text.count <= WebAuthn.maximumResponseLength else { throw .notJSON(nil) }
        let node: JSONParser.Node
        do throws(JSONError) { node = try JSONParser.parse(text.span) } catch { throw .notJSON(error) }
        try self.init(node, in: text)
    }

    /// Takes an answer that stands in a text.
    init(_ node: JSONParser.Node, in text: [UInt8]) throws(WebAuthnError) {
        guard case .object(let members) = node else { throw .member("") }
        self.members = members
        self.text = text
    }

    /// The answer of the authenticator.
    func response() throws(WebAuthnError) -> ResponseReader {
        guard let node = node("response") else { throw .member("response") }
        guard case .object = node else { throw .member("response") }
        return try ResponseReader(node, in: text)
    }

    /// The identifier of the credential, which stands there twice.
    func credentialID() throws(WebAuthnError) -> [UInt8] {
        guard utf8("type").map({ $0.elementsEqual("public-key".utf8) }) == true else { throw .member("type") }
        let id = try bytes("id", 1...WebAuthn.maximumIdentifierLength)
        guard utf8("id") == utf8("rawId") else { throw .member("rawId") }
        return id
    }

    /// The bytes of a member in base64url (RFC 4648, section 5) without padding.
    func bytes(_ name: String, _ bounds: ClosedRange<Int>) throws(WebAuthnError) -> [UInt8] {
        // Bounds first: an escape is never shorter than its character, and three bytes take four digits.
        guard case .string(let range) = node(name), range.count <= 6 * ((bounds.upperBound + 2) / 3 * 4),
            let bytes = Base64.decode(JSONString.decode(text.span, range)[...], .url), bounds.contains(bytes.count)
        else { throw .member(name) }
        return bytes
    }

    /// The bytes of a member that may be missing or null.
    func optionalBytes(_ name: String, _ bounds: ClosedRange<Int>) throws(WebAuthnError) -> [UInt8]? {
        switch node(name) {
        case nil, .null: nil
        default: try bytes(name, bounds)
        }
    }

    /// The ways to reach the authenticator (WebAuthn, section 5.8.4): also names that are not known yet, but none that
    /// does not look like one.
    func transports() throws(WebAuthnError) -> [String] {
        guard let node = node("transports"), node != .null else { return [] }
        guard case .array(let items) = node, items.count <= 16 else { throw .member("transports") }
        var transports: [String] = []
        for item in items {
            guard case .string(let range) = item else { throw .member("transports") }
            let name = JSONString.decode(text.span, range)
            let isName =
                (1...32).contains(name.count)
                && name.allSatisfy {
                    (UInt8(ascii: "a")...UInt8(ascii: "z")).contains($0) || $0.isASCIIDigit || $0 == UInt8(ascii: "-")
                }
            if isName { transports.append(String(decoding: name, as: UTF8.self)) }
        }
        return transports
    }

    private func node(_ name: String) -> JSONParser.Node? { members[Array(name.utf8)] }

    private func utf8(_ name: String) -> [UInt8]? {
        guard case .string(let range) = node(name) else { return nil }
        return JSONString.decode(text.span, range)
    }
}
