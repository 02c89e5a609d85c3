import Identity
import Storage

extension Check.Report {
    /// Looks for what the store keeps from an earlier version and this one can't use.
    mutating func examineStoredValues(_ store: SQLiteStore) throws(StoreError) {
        if DomainNames.system == nil {
            warnings.append("libidn2 is missing: email addresses with a domain beyond ASCII are refused")
        }
        let accounts = try store.accountsWithOutdatedKeys()
        if !accounts.isEmpty {
            warnings.append(
                "nobody can log in to \(accounts.count) accounts by their email address "
                    + "(\(accounts.prefix(10).map { "\($0)" }.joined(separator: ", "))): run `postern init`; an account that "
                    + "stays has the address of another one in another spelling, and is to be erased")
        }
        for (slug, pattern) in try store.emailPatterns() {
            guard let refusal = pattern.refusal else { continue }
            warnings.append(
                "the regular expression of the organization \(slug) lets nobody join: \(refusal.detail) "
                    + "Set another one with `postern organization update --email-regex`")
        }
    }
}
