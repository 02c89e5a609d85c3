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

    /// The expressions by which organizations let accounts join, which may not be valid, by slug.
    func emailPatterns() throws(StoreError) -> [(slug: String, pattern: EmailPattern)]

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

    /// Deletes an organization with its users and the API tokens that act in it.
    ///
    /// Accounts stay. One whose home it was has none from then on. One that has no active user in another organization,
    /// and no role on the installation, becomes inactive, and its sessions end.
    ///
    /// - Parameter event: makes the entry for the audit log of each end.
    /// - Returns: the outcome; what is not `.deleted` has changed nothing.
    func delete(
        _ organization: Identifier<Organization>, event: (OrganizationDeletion.End) throws -> AuditEvent
    ) throws(StoreError) -> OrganizationDeletion.Outcome
}

/// The deletion of an organization, and what ends with it.
public enum OrganizationDeletion {
    /// The numbers of what a deletion ends.
    public struct Extent: Sendable, Equatable {
        /// The users.
        public var users = 0
        /// The API tokens that act in the organization.
        public var apiTokens = 0
        /// The accounts that become inactive.
        public var accounts = 0

        /// Makes an extent of nothing.
        public init() {}
    }

    /// An end that has an entry of its own in the audit log.
    public enum End: Sendable, Equatable {
        case apiToken(APIToken)
        case session(Identifier<Session>, of: Identifier<Account>)
        /// An account that becomes inactive.
        case account(Identifier<Account>)
        case organization(Organization, Extent)
    }

    /// The outcome.
    public enum Outcome: Sendable, Equatable {
        case deleted(Extent)
        /// There is no such organization.
        case notFound
        /// There is no other organization, without which nothing can be served.
        case lastOrganization
    }
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
