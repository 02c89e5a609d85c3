extension AuthenticationService {
    /// The text of what a principal is told of itself. Many applications ask for it at each page, so the store may keep
    /// it until something changes.
    ///
    /// - Parameter write: makes the text of the account and the organization in which the principal acts. It depends on
    ///   these and on the principal alone.
    /// - Throws: `.notFound`, `.store`.
    public func profile(
        of principal: Principal, write: (Account, Organization?) -> [UInt8]
    ) throws(AuthenticationError) -> [UInt8] {
        let text = try withStore { store throws(StoreError) in try store.profile(of: principal, write: write) }
        guard let text else { throw .notFound("an account \(principal.account), or its organization") }
        return text
    }
}
