import Identity

/// The credential of a request, to be looked up along with others.
struct PrincipalLookup: Sendable {
    let kind: CredentialKind
    let hash: TokenHash
}
