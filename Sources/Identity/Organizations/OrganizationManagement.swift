/// What shall be changed of an organization, checked. What is `nil` stays.
public struct OrganizationForm: Sendable, Equatable {
    /// The name for people.
    public let name: String?
    /// The name as applications show it; an inner `nil` takes it away.
    public let displayName: String??
    /// Whether accounts whose email address fits may join by themselves.
    public let autoJoin: Bool?
    /// The role of who joins.
    public let defaultRole: Role?
    /// Which email addresses fit; an inner `nil` is none.
    public let emailPattern: EmailPattern??

    /// Checks all that was sent.
    ///
    /// - Parameter faults: what was found wrong already.
    /// - Throws: `AuthenticationError.invalidInput` with every fault, these included.
    public init(
        name: String? = nil, displayName: String?? = nil, autoJoin: Bool? = nil, defaultRole: String? = nil,
        emailPattern: String?? = nil, faults: [InputFault] = []
    ) throws(AuthenticationError) {
        var faults = faults
        self.name = name.flatMap { InputFault.requiredName($0, "name", &faults) }
        self.displayName = displayName.map { $0.flatMap { InputFault.optionalName($0, "display_name", &faults) } }
        self.autoJoin = autoJoin
        self.defaultRole = defaultRole.flatMap { Role(named: $0) }.flatMap { $0.isInstallationWide ? nil : $0 }
        if defaultRole != nil && self.defaultRole == nil {
            faults.append(InputFault("default_role", .unknownRole, "There is no such role in an organization."))
        }
        self.emailPattern = emailPattern.map { $0.flatMap { Self.emailPattern($0, &faults) } }
        guard faults.isEmpty else { throw .invalidInput(faults) }
    }

    private static func emailPattern(_ text: String, _ faults: inout [InputFault]) -> EmailPattern? {
        do throws(EmailPattern.Refusal) {
            return try EmailPattern(text)
        } catch {
            faults.append(InputFault("email_regex", error.code, error.detail))
            return nil
        }
    }
}

extension EmailPattern.Refusal {
    fileprivate var code: InputFault.Code {
        switch self {
        case .tooLong: .tooLong
        case .unprintable: .invalidCharacter
        case .tooLarge, .tooDeep, .backReference, .escapedLetter, .escapeInBrackets, .malformed: .invalidFormat
        }
    }
}

extension AuthenticationService {
    /// The organization in which the caller acts.
    ///
    /// - Throws: `.organizationForbidden`, `.store`.
    public func organization(of caller: Caller) throws(AuthenticationError) -> Organization {
        try organization(named: "\(try caller.requireOrganization())")
    }

    /// The organization with this slug or identifier.
    ///
    /// - Throws: `.notFound`, `.store`.
    public func organization(named slugOrID: String) throws(AuthenticationError) -> Organization {
        let organization = try AuthenticationError.wrapping { try store.organization(slugOrID) }
        guard let organization else { throw .notFound("an organization \(slugOrID)") }
        return organization
    }

    /// The organizations to which the caller's own account belongs, the oldest first.
    ///
    /// - Throws: `.organizationForbidden`, `.store`.
    public func ownOrganizations(
        _ page: PageRequest, by caller: Caller
    ) throws(AuthenticationError) -> Page<Organization> {
        guard let account = caller.principal?.account else { throw .organizationForbidden }
        return try readList(for: caller) { store throws(StoreError) in
            try store.organizations(of: account, page)
        }
    }

    /// Changes the organization in which the caller acts.
    ///
    /// - Throws: `.roleNotGrantable`, `.notFound`, `.organizationForbidden`, `.store`, `.cryptography`.
    public func updateOrganization(
        _ form: OrganizationForm, by caller: Caller
    ) throws(AuthenticationError) -> Organization {
        let id = try caller.requireOrganization()
        if let role = form.defaultRole { try caller.require(mayGrant: RoleSet([role])) }
        return try AuthenticationError.wrapping {
            var isAllowed = true
            let changed = try store.change(id) { present in
                var organization = present
                let names = form.apply(to: &organization)
                guard !names.isEmpty else { return nil }
                // Whoever lets others join gives them the default role, no matter who chose it.
                isAllowed =
                    !form.opensDoor(of: organization, from: present) || caller.roles.mayGrant(organization.defaultRoles)
                guard isAllowed else { return nil }
                let event = try event(
                    .organizationChanged, by: caller, target: "\(id)",
                    details: ["changed": names.joined(separator: " ")])
                return (organization, event)
            }
            guard isAllowed else { throw AuthenticationError.roleNotGrantable(caller.roles) }
            return try changed ?? organization(named: "\(id)")
        }
    }

    /// Makes an organization, for an operator. It has no users yet.
    ///
    /// - Throws: `.invalidInput`, `.slugTaken`, `.store`, `.cryptography`.
    public func createOrganization(name: String, slug: String) throws(AuthenticationError) -> Organization {
        try AuthenticationError.wrapping {
            let organization = try newOrganization(name: name, slug: slug)
            guard try store.insert(organization, event: try created(organization, by: .operator)) else {
                throw AuthenticationError.slugTaken
            }
            return organization
        }
    }

    /// Makes the caller's own account a member of an organization that lets it join by itself.
    ///
    /// - Throws: `.notFound`, `.joinRefused`, `.alreadyMember`, `.store`, `.cryptography`.
    public func join(
        _ id: Identifier<Organization>, by caller: Caller
    ) throws(AuthenticationError) -> User {
        let account = try ownAccount(of: caller)
        let organization = try organization(named: "\(id)")
        // Before anything is locked; an account's address never changes.
        guard organization.autoJoin, organization.emailPattern?.matches(account.email) == true else {
            throw .joinRefused
        }
        return try addUser(
            roles: organization.defaultRoles, name: nil, of: account.id, in: id, by: caller,
            check: { _ throws(AuthenticationError) in })
    }

    /// An organization as it will be stored.
    func newOrganization(name: String, slug: String) throws(AuthenticationError) -> Organization {
        var faults: [InputFault] = []
        let name = InputFault.requiredName(name, "organization", &faults)
        if !Organization.isSlug(slug) {
            faults.append(
                InputFault("slug", .invalidFormat, "A slug has 1 to 63 lower-case letters, digits and hyphens."))
        }
        guard faults.isEmpty, let name else { throw .invalidInput(faults) }
        return try AuthenticationError.wrapping {
            Organization(id: try Identifier(random: random), slug: slug, name: name, createdAt: clock.now())
        }
    }

    /// The entry for the audit log about a new organization.
    func created(_ organization: Organization, by caller: Caller) throws(AuthenticationError) -> AuditEvent {
        try event(
            .organizationCreated, by: caller, target: "\(organization.id)", organization: organization.id,
            details: ["slug": organization.slug])
    }
}

extension OrganizationForm {
    /// Whether it lets accounts join by themselves that could not before.
    fileprivate func opensDoor(of new: Organization, from old: Organization) -> Bool {
        guard new.autoJoin, new.emailPattern != nil else { return false }
        return !old.autoJoin || new.emailPattern != old.emailPattern
    }

    /// - Returns: the names of what is changed by it.
    fileprivate func apply(to organization: inout Organization) -> [String] {
        let old = organization
        if let name { organization.name = name }
        if let displayName { organization.displayName = displayName }
        if let autoJoin { organization.autoJoin = autoJoin }
        if let defaultRole { organization.defaultRoles = RoleSet([defaultRole]) }
        if let emailPattern { organization.emailPattern = emailPattern }
        var names: [String] = []
        if organization.name != old.name { names.append("name") }
        if organization.displayName != old.displayName { names.append("display_name") }
        if organization.autoJoin != old.autoJoin { names.append("auto_join_enabled") }
        if organization.defaultRoles != old.defaultRoles { names.append("default_role") }
        if organization.emailPattern != old.emailPattern { names.append("email_regex") }
        return names
    }
}
