extension AuthenticationService {
    /// The organization in which the caller acts.
    ///
    /// - Throws: `.organizationForbidden`, `.store`.
    public func organization(of caller: Caller) throws(AuthenticationError) -> Organization {
        let id = try caller.requireOrganization()
        let organization = try withStore { store throws(StoreError) in try store.organization(id) }
        guard let organization else { throw .notFound("an organization \(id)") }
        return organization
    }

    /// The organization with this slug or identifier.
    ///
    /// - Throws: `.notFound`, `.store`.
    public func organization(named slugOrID: String) throws(AuthenticationError) -> Organization {
        let organization = try withStore { store throws(StoreError) in try store.organization(slugOrID) }
        guard let organization else { throw .notFound("an organization \(slugOrID)") }
        return organization
    }

    /// The organizations to which the caller's own account belongs, the oldest first.
    ///
    /// - Throws: `.organizationForbidden`, `.tooManyLists`, `.store`.
    public func ownOrganizations(
        _ page: PageRequest, by caller: Caller
    ) throws(AuthenticationError) -> Page<Organization> {
        guard let account = caller.principal?.account else { throw .organizationForbidden }
        return try readList(for: caller) { store throws(StoreError) in
            try store.organizations(of: account, page)
        }
    }

    /// Creates an organization without users, for an operator.
    ///
    /// - Throws: `.invalidInput`, `.slugTaken`, `.store`, `.cryptography`.
    public func createOrganization(name: String, slug: String) throws(AuthenticationError) -> Organization {
        let organization = try newOrganization(name: name, slug: slug)
        let event = try created(organization, by: .operator)
        let isAdded = try withStore { store throws(StoreError) in try store.insert(organization, event: event) }
        guard isAdded else { throw .slugTaken }
        return organization
    }

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

    /// An organization to be stored.
    func newOrganization(name: String, slug: String) throws(AuthenticationError) -> Organization {
        var faults: [InputFault] = []
        let name = InputFault.requiredName(name, "organization", &faults)
        if !Organization.isSlug(slug) {
            faults.append(
                InputFault("slug", .invalidFormat, "A slug has 1 to 63 lower-case letters, digits and hyphens."))
        }
        guard faults.isEmpty, let name else { throw .invalidInput(faults) }
        return Organization(id: try newIdentifier(), slug: slug, name: name, createdAt: clock.now())
    }

    /// The audit log's entry for a new organization.
    func created(_ organization: Organization, by caller: Caller) throws(AuthenticationError) -> AuditEvent {
        try event(
            .organizationCreated, by: caller, target: "\(organization.id)", organization: organization.id,
            details: ["slug": organization.slug])
    }

    /// Changes the organization in which the caller acts.
    ///
    /// - Throws: `.roleNotGrantable`, `.reauthenticationRequired`, `.notFound`, `.organizationForbidden`, `.store`,
    ///   `.cryptography`.
    public func updateOrganization(
        _ form: OrganizationForm, by caller: Caller
    ) throws(AuthenticationError) -> Organization {
        let id = try caller.requireOrganization()
        if let role = form.defaultRole { try caller.require(mayGrant: RoleSet([role])) }
        var course = RuleCourse()
        let changed = try withStore { store throws(StoreError) in
            try store.change(id) { present in
                course.edit { () throws(AuthenticationError) in
                    var organization = present
                    let names = form.apply(to: &organization)
                    guard !names.isEmpty else { return nil }
                    // Letting accounts join grants them the default role, even if somebody else chose it.
                    if organization.admitsMore(than: present) {
                        try caller.require(mayGrant: organization.defaultRoles)
                    }
                    try require(Organization.freshness(changing: names), of: caller)
                    let event = try event(
                        .organizationChanged, by: caller, target: "\(id)",
                        details: ["changed": names.joined(separator: " ")])
                    return (organization, event)
                }
            }
        }
        try course.end()
        if let changed { return changed }
        return try organization(named: "\(id)")
    }
}

extension Organization {
    /// True if accounts may join by themselves that could not join `old`.
    fileprivate func admitsMore(than old: Organization) -> Bool {
        guard autoJoin, emailPattern != nil else { return false }
        return !old.autoJoin || emailPattern != old.emailPattern
    }
}
