extension AuthenticationService {
    /// Creates the first organization and its owner.
    ///
    /// - Throws: `.alreadyInitialized`, `.invalidInput`, `.overloaded`, `.store`, `.cryptography`.
    public func initialize(
        organizationName: String, slug: String, owner form: RegistrationForm
    ) throws(AuthenticationError) -> (organization: Organization, owner: Account) {
        let organization = try newOrganization(name: organizationName, slug: slug)
        let owner = try newAccount(form, in: organization.id)
        let passwordHash = try passwordHash(of: form)
        let events = [
            try created(organization, by: .operator), try registered(owner, in: organization.id, by: .operator),
        ]
        let isInitialized = try withStore { store throws(StoreError) in
            try store.initialize(organization, owner: owner, passwordHash: passwordHash, events: events)
        }
        guard isInitialized else { throw .alreadyInitialized }
        return (organization, owner)
    }
}
