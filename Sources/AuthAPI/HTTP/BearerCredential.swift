import HTTPTypes

/// What an `Authorization` field holds.
enum BearerCredential: Equatable {
    /// A bearer token (RFC 6750, section 2.1), which may be malformed.
    case token(String)
    /// Nothing, or a credential of another scheme.
    case none

    init(_ field: String?) {
        let scheme = "bearer".utf8
        let space = UInt8(ascii: " ")
        // In ASCII the bit tells the cases apart, and letters of a scheme are nothing else with it set.
        guard let field = field?.utf8, field.prefix(scheme.count).elementsEqual(scheme, by: { $0 | 0x20 == $1 }) else {
            self = .none
            return
        }
        let rest = field.dropFirst(scheme.count)
        guard rest.isEmpty || rest.first == space else {
            self = .none
            return
        }
        self = .token(String(decoding: rest.drop { $0 == space }, as: UTF8.self))
    }
}
