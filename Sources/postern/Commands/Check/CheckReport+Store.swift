import Cryptography
import Identity

extension CheckReport {
    /// The most rows of a kind that are listed.
    private static let mostListed = 20

    /// Checks the contents of the store for risks, and for values of an earlier version that this one cannot use.
    mutating func examine(_ store: any IdentityStore, keys: PasswordKeys, at now: Timestamp) throws(StoreError) {
        try examineOrganizations(store)
        try examinePasswords(store, keys)
        try examineTokens(store, at: now)
        try examineCeilings(store, at: now)
        try examineEmailAddresses(store)
    }

    private mutating func examineOrganizations(_ store: any IdentityStore) throws(StoreError) {
        if let count = try store.organizations(of: nil, PageRequest(size: 1)).total, count > 1 {
            warn(
                "there are \(count) organizations: a question to /auth/verify or the authorizer about a role in one "
                    + "must name it (org=, POSTERN_REQUIRED_ORG), or is refused; without a role and without an "
                    + "organization everybody who is logged in is let through")
        }
        for organization in try store.organizationsWithoutOwner(limit: Self.mostListed) {
            warn(
                "the organization \(organization.slug) has no active owner whose home it is: make one with `postern "
                    + "account create --organization \(organization.slug) --role \(Role.appOwner.rawValue)`")
        }
        for (slug, pattern) in try store.emailPatterns() {
            guard let fault = pattern.fault else { continue }
            warn(
                "the regular expression of the organization \(slug) lets nobody join: \(fault.detail) Set another "
                    + "one with `postern organization update --email-regex`")
        }
    }

    private mutating func examinePasswords(_ store: any IdentityStore, _ keys: PasswordKeys) throws(StoreError) {
        for (example, count) in try store.passwordSchemes(besides: nil) {
            let algorithm = example.split(separator: "$").first ?? ""
            guard let hash = PasswordHash(encoded: example) else {
                warn(
                    "\(count.of("account has", "accounts have")) a password hash (\(algorithm)) of an unknown form: "
                        + "nobody logs in there until the password is reset")
                continue
            }
            guard let remedy = hash.remedy(keys) else { continue }
            // A fault: for these accounts nothing is left of the service.
            note(
                "\(count.of("account has", "accounts have")) a password hash (\(algorithm)) that this host cannot "
                    + "check, so that nobody logs in there: \(remedy); or reset the passwords")
        }
    }

    /// Looks for values that no key of the file opens. Without any key here nothing is said: the service may have them.
    mutating func examineSealedRows(_ rows: [KeyID: Int], _ keys: InstalledKeys) {
        guard let keyring = keys.keyring else { return }
        for (key, count) in rows.sorted(by: { $0.key < $1.key }) where !keyring.ids.contains(key) {
            note(
                "\(count.of("row needs", "rows need")) the key \(key), which is not in the key file, so that what "
                    + "needs them is answered 503: put it back, from a copy of the file; \(ManualPage.keys.hint)")
        }
    }

    /// Looks whether the key in use was removed, as where an old copy of the file was put back: it opens, and seals
    /// nothing.
    mutating func examineKeyInUse(_ store: any IdentityStore, _ keys: InstalledKeys) throws(StoreError) {
        guard let key = keys.keyring?.inUse, try store.isRetired(key) else { return }
        note(
            "the key in use, \(key), was removed by `postern key remove`, so that nothing is sealed by it, and what "
                + "has to be is answered 503: put the present file in place, or another key into use")
    }

    /// Looks for programs that cannot name the client for which they act.
    private mutating func examineTokens(_ store: any IdentityStore, at now: Timestamp) throws(StoreError) {
        var ids: [String] = []
        try Pages.forEach { page throws(StoreError) in
            try store.apiTokens(APITokenFilter(), page)
        } _: { (items) throws(StoreError) in
            ids += items.map(\.token).filter { token in
                token.validUntil.map { $0 > now } ?? true && !token.scopes.grants(.clientAddress)
                    && (token.scopes.grants(.login) || token.scopes.grants(.register))
            }.map { "\($0.id)" }
        }
        guard !ids.isEmpty else { return }
        let listed = ids.prefix(10).joined(separator: ", ") + (ids.count > 10 ? " …" : "")
        warn(
            "\(ids.count) API tokens that log people in or register them lack the scope client-address (\(listed)): "
                + "their programs cannot name the client, so failed logins through them are throttled by account alone")
    }

    /// Looks for API tokens with more rights than they need.
    private mutating func examineCeilings(_ store: any IdentityStore, at now: Timestamp) throws(StoreError) {
        let powerful = try store.apiTokens(
            APITokenFilter(powerfulAt: now), PageRequest(size: Self.mostListed, counts: false))
        for (token, email) in powerful.items {
            warn(
                "the API token \(token.id) (\(token.name)) has all roles of \(email): give it a ceiling with "
                    + "`postern token update \(token.id) --role-ceiling \(Role.appAdmin.rawValue)`, or a lower one")
        }
        if powerful.next != nil { warn("there are more such API tokens: see `postern token list`") }
    }

    private mutating func examineEmailAddresses(_ store: any IdentityStore) throws(StoreError) {
        let accounts = try store.accountsWithOutdatedKeys()
        guard !accounts.isEmpty else { return }
        let listed = accounts.prefix(10).map { "\($0)" }.joined(separator: ", ")
        warn(
            "nobody can log in to \(accounts.count) accounts by their email address (\(listed)): run `postern init`; "
                + "an account that is still listed then has the address of another one in another spelling: erase it")
    }
}
