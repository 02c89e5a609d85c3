import Cryptography

extension AuthenticationService {
    /// Makes the first organization and its owner.
    ///
    /// - Throws: `.alreadyInitialized`, `.invalidInput`, `.overloaded`, `.store`, `.cryptography`.
    public func initialize(
        organizationName: String, slug: String, owner form: RegistrationForm
    ) throws(AuthenticationError) -> (organization: Organization, owner: Account) {
        try AuthenticationError.wrapping {
            let organization = try newOrganization(name: organizationName, slug: slug)
            let owner = try newAccount(form, in: organization.id)
            let passwordHash = try form.password.map(hasher.hash) ?? hasher.unmatchableHash
            let events = [
                try created(organization, by: .operator), try registered(owner, in: organization.id, by: .operator),
            ]
            guard try store.initialize(organization, owner: owner, passwordHash: passwordHash, events: events) else {
                throw AuthenticationError.alreadyInitialized
            }
            return (organization, owner)
        }
    }

    /// Adds an account for an operator, who may grant every role.
    ///
    /// - Parameter organization: slug or identifier.
    /// - Throws: `.notFound`, `.accountExists`, `.overloaded`, `.store`, `.cryptography`.
    public func createAccount(
        _ form: RegistrationForm, in organization: String
    ) throws(AuthenticationError) -> Account {
        try AuthenticationError.wrapping {
            guard let organization = try store.organization(organization) else {
                throw AuthenticationError.notFound("an organization \(organization)")
            }
            return try add(form, to: organization.id, by: .operator)
        }
    }
}
