extension AuthenticationService {
    /// Makes the first organization and its owner.
    ///
    /// - Throws: `.alreadyInitialized`, `.invalidInput`, `.overloaded`, `.store`, `.cryptography`.
    public func initialize(
        organizationName: String, slug: String, owner form: RegistrationForm
    ) throws(AuthenticationError) -> (organization: Organization, owner: Account) {
        try AuthenticationError.wrapping {
            var faults: [InputFault] = []
            if organizationName.allSatisfy(\.isWhitespace) {
                faults.append(InputFault("organization", .required, "The organization needs a name."))
            }
            faults += InputFault.faults(inName: organizationName, "organization")
            if !Organization.isSlug(slug) {
                faults.append(
                    InputFault("slug", .invalidFormat, "A slug has 1 to 63 lower-case letters, digits and hyphens."))
            }
            guard faults.isEmpty else { throw AuthenticationError.invalidInput(faults) }
            let organization = Organization(
                id: try Identifier(random: random), slug: slug, name: organizationName.inNormalFormC,
                createdAt: clock.now())
            let owner = try newAccount(form, in: organization.id)
            let passwordHash = try hasher.hash(form.password)
            guard try store.initialize(organization, owner: owner, passwordHash: passwordHash) else {
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
            return try add(form, to: organization.id)
        }
    }

    /// Makes an API token for an operator, who may give every scope.
    ///
    /// - Parameters:
    ///   - email: the account for which it acts.
    ///   - organization: slug or identifier of the organization in which it acts; `nil` for the account's oldest.
    ///   - validUntil: from when on it counts no longer; `nil` for never.
    /// - Throws: `.invalidInput`, `.notFound`, `.store`, `.cryptography`.
    public func createAPIToken(
        name: String, for email: String, in organization: String?, scopes: [Scope], validUntil: Timestamp?
    ) throws(AuthenticationError) -> (token: BearerToken, record: APIToken) {
        try AuthenticationError.wrapping {
            let now = clock.now()
            var faults = InputFault.faults(inName: name, "name")
            if name.allSatisfy(\.isWhitespace) {
                faults.append(InputFault("name", .required, "The token needs a name."))
            }
            if let validUntil, validUntil <= now {
                faults.append(
                    InputFault("valid_until", .invalidFormat, "The end of the token's validity lies in the past."))
            }
            guard faults.isEmpty else { throw AuthenticationError.invalidInput(faults) }
            guard let key = EmailAddress(email)?.key, let account = try store.account(emailKey: key) else {
                throw AuthenticationError.notFound("an account \(email)")
            }
            var user = account.users.first
            if let organization {
                let id = try store.organization(organization)?.id
                user = account.users.first { $0.organization == id }
            }
            guard let user else {
                throw AuthenticationError.notFound("a user of \(email) in the organization \(organization ?? "")")
            }
            let token = try BearerToken(.api, random: random)
            let record = APIToken(
                id: try Identifier(random: random), tokenHash: token.hash, name: name, account: account.id,
                organization: user.organization, scopes: ScopeSet(scopes), createdAt: now, validUntil: validUntil)
            try store.insert(record)
            return (token, record)
        }
    }
}
