/// The part of the store for organizations.
public protocol OrganizationStore: Sendable {
    /// The organization with this slug or identifier.
    func organization(_ slugOrID: String) throws(StoreError) -> Organization?

    /// The organization with this identifier.
    func organization(_ id: Identifier<Organization>) throws(StoreError) -> Organization?

    /// The organizations, of one account if it is given, the oldest first.
    func organizations(
        of account: Identifier<Account>?, _ page: PageRequest
    ) throws(StoreError) -> Page<Organization>

    /// Some organizations that have no active owner whose home they are, the oldest first.
    func organizationsWithoutOwner(limit: Int) throws(StoreError) -> [Organization]

    /// Adds an organization.
    ///
    /// - Returns: `false`, and adds nothing, if one has the same slug.
    func insert(_ organization: Organization, event: AuditEvent) throws(StoreError) -> Bool

    /// Changes an organization as a rule decides that sees its present state.
    ///
    /// - Returns: the organization as it is now; `nil` if there is none, or the rule wants no change.
    func change(
        _ organization: Identifier<Organization>,
        _ rule: (Organization) throws -> (organization: Organization, event: AuditEvent)?
    ) throws(StoreError) -> Organization?
}

/// The part of the store for the users of organizations.
public protocol UserStore: Sendable {
    /// The users of an organization, in the order in which they joined it.
    func users(
        in organization: Identifier<Organization>, _ page: PageRequest
    ) throws(StoreError) -> Page<User>

    /// The user with this identifier.
    func user(_ id: Identifier<User>) throws(StoreError) -> User?
}
