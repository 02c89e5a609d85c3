import HTTP
import Identity
import JSON

/// The answer of a browser's `navigator.credentials.get()`, as `toJSON()` gives it.
extension WebAuthn.AuthenticationResponse: FieldValue {
    static func read(_ name: String, from fields: inout Fields) -> Self? {
        let fault = InputFault(name, .invalidFormat, "This is not an answer of PublicKeyCredential.toJSON().")
        return fields.object(name, fault) { node, text in try? Self(node, in: text) }
    }
}

extension Schema {
    /// The answer of a browser to options of WebAuthn.
    static let publicKeyCredential = object(
        [
            ("id", .string), ("rawId", .string), ("type", .constant("public-key")), ("response", .object()),
        ], required: ["id", "rawId", "type", "response"]
    )

    /// The options of an assertion.
    static let requestOptions = object(
        [
            ("challenge", .string), ("timeout", .count), ("rpId", .string),
            ("allowCredentials", .array(of: .object())), ("userVerification", .string),
        ], required: ["challenge", "timeout", "rpId", "allowCredentials", "userVerification"])
}

extension DescribedAnswer {
    /// The options of an assertion, as an answer of its own.
    ///
    /// - Parameter headers: the header fields that go with them.
    static func requestOptions(_ description: String, headers: [AnswerField] = []) -> DescribedAnswer {
        var answer = DescribedAnswer(
            description,
            example: [
                "challenge": "bm90IGEgY2hhbGxlbmdlLCBidXQgYW4gZXhhbXBsZS4", "timeout": 300000,
                "rpId": "auth.example.org", "allowCredentials": [], "userVerification": "required",
            ], headers: headers)
        answer.schema = .requestOptions
        return answer
    }
}
