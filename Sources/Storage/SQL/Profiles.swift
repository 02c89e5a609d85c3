import Identity

/// The rows that the profile of a principal is written from.
struct ProfileRows {
    let account: Account
    /// The organization in which the principal acts; `nil` if it acts in none.
    let organization: Organization?
}

extension SQLTransaction {
    /// - Returns: `nil` if the account is gone, or the organization.
    func profileRows(of principal: Principal) throws -> ProfileRows? {
        let account = try self.account(.id(principal.account))
        let organization = try principal.organization.map { try self.organization($0) }
        guard let account = try account.value?.account else { return nil }
        guard let organization else { return ProfileRows(account: account, organization: nil) }
        return try organization.value.map { ProfileRows(account: account, organization: $0) }
    }
}

extension SQLStore {
    public func profile(
        of principal: Principal, write: (Account, Organization?) -> [UInt8]
    ) throws(StoreError) -> [UInt8]? {
        let rows = try read { try $0.profileRows(of: principal) }
        return rows.map { write($0.account, $0.organization) }
    }
}
