import Identity

/// The query of the organization that a request names, along with the membership that the account of the request's
/// credential has in it. It is in parts, of which an engine can make a query for many credentials at once.
///
/// It begins with the credential, not the account, so that it need not wait for the principal.
enum NamedOrganizationQuery {
    /// The number of columns, as `SQLRow.namedOrganization` reads them.
    static let columnCount = 4

    static let columns = "organization.id, \"user\".id, \"user\".roles, organization.second_factor"

    /// - Parameter hash: the expression of the credential's hash.
    static func membership(of kind: CredentialKind, _ hash: String) -> String {
        """
        LEFT JOIN "user" ON "user".account_id = (SELECT account_id FROM \(kind.table) WHERE token_hash = \(hash))
            AND "user".organization_id = organization.id AND "user".state = 'Active'
        """
    }

    static func ofOne(_ kind: CredentialKind) -> String {
        switch kind {
        case .apiToken: apiToken
        case .session: session
        }
    }

    // Texts that are made once.
    private static let apiToken = query(.apiToken)
    private static let session = query(.session)

    private static func query(_ kind: CredentialKind) -> String {
        """
        SELECT \(columns) FROM organization \(membership(of: kind, "$1"))
        WHERE organization.slug = $2 OR organization.id = $3
        """
    }
}

extension SQLTransaction {
    /// The organization with a slug or identifier, as the account of a credential stands to it.
    func organization(
        named name: String, of kind: CredentialKind, _ hash: TokenHash
    ) throws -> SQLResult<NamedOrganization> {
        try first(NamedOrganizationQuery.ofOne(kind), hash, name.sought, Identifier<Organization>(name)) {
            try $0.namedOrganization()
        }.map { $0 ?? .unknown }
    }

    /// The carrier of a credential, with the organization that its request names: in one round trip.
    func carrier(
        _ kind: CredentialKind, _ hash: TokenHash, naming name: String?
    ) throws -> Result<Carrier, CredentialRefusal> {
        let principal = try self.principal(kind, hash)
        let named = try name.map { try organization(named: $0, of: kind, hash) }.map { try $0.value }
        return try principal.value.map { Carrier(principal: $0, named: named) }
    }
}

extension SQLRow {
    /// The organization of a row, as the account of a credential stands to it.
    func namedOrganization() throws -> NamedOrganization {
        let organization: Identifier<Organization> = try id(0)
        let policy = try secondFactorPolicy(3)
        guard let user: Identifier<User> = optionalID(1) else {
            return .withoutMembership(organization, secondFactor: policy)
        }
        return .withMembership(
            Principal.Membership(organization: organization, user: user, roles: try roles(2), secondFactor: policy))
    }
}
