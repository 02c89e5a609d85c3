import HTTPTypes

/// What an `Authorization` field holds.
enum BearerCredential: Equatable {
    /// A bearer token (RFC 6750, section 2.1), which may be malformed.
    case token(String)
    /// Nothing, or a credential of another scheme.
    case none

    init(_ field: String?) {
        let scheme = "bearer"
        guard let field, field.prefix(scheme.count).lowercased() == scheme else {
            self = .none
            return
        }
        let rest = field.dropFirst(scheme.count)
        guard rest.isEmpty || rest.first == " " else {
            self = .none
            return
        }
        self = .token(String(rest.drop { $0 == " " }))
    }
}
