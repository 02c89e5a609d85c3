import Identity

/// The credential of a request, and the organization that the request names, to be looked up along with others.
struct CarrierLookup: Sendable {
    let kind: CredentialKind
    let hash: TokenHash
    /// Slug or identifier of the organization; `nil` if the request names none.
    let organization: String?

    /// The time that a lookup may take, all tries and waits together. A request that nobody answers in that time is
    /// better refused than kept, with its thread.
    static let patience = Duration.seconds(3)

    /// Batches of such lookups.
    static func batches(
        _ reads: ReadRunner
    ) -> LookupBatches<CarrierLookup, Result<Carrier, CredentialRefusal>> {
        LookupBatches(connections: reads.pools.lookups.size, patience: patience) { lookups in
            try reads.statements(reads.pools.lookups, within: patience) { transaction in
                try transaction.carriers(lookups)
            }
        }
    }
}

extension PostgreSQLTransaction {
    /// The carriers of credentials, in the same order. One round trip.
    fileprivate func carriers(_ lookups: [CarrierLookup]) throws -> [Result<Carrier, CredentialRefusal>] {
        if let only = lookups.first, lookups.count == 1 {
            return [try carrier(only.kind, only.hash, naming: only.organization)]
        }
        var principals: [([Int], SQLResult<[Numbered<Result<Principal, CredentialRefusal>>]>)] = []
        var organizations: [([Int], SQLResult<[Numbered<NamedOrganization>]>)] = []
        for kind in [CredentialKind.session, .apiToken] {
            let places = lookups.indices.filter { lookups[$0].kind == kind }
            if !places.isEmpty { principals.append((places, self.principals(kind, places.map { lookups[$0] }))) }
            let naming = places.filter { lookups[$0].organization != nil }
            if !naming.isEmpty { organizations.append((naming, named(kind, naming.map { lookups[$0] }))) }
        }
        var named = lookups.map { $0.organization.map { _ in NamedOrganization.unknown } }
        for (places, result) in organizations {
            for (number, organization) in try result.value { named[places[number]] = organization }
        }
        var found: [Result<Carrier, CredentialRefusal>] = Array(
            repeating: .failure(.unknown), count: lookups.count)
        for (places, result) in principals {
            for (number, principal) in try result.value {
                let place = places[number]
                found[place] = principal.map { Carrier(principal: $0, named: named[place]) }
            }
        }
        return found
    }

    /// A result, with its place among the lookups.
    private typealias Numbered<Found> = (number: Int, found: Found)

    /// The principals of credentials of one kind. Those that are not there are left out.
    ///
    /// The hashes go as one array, which the planner takes for ten: it looks each up in the index.
    private func principals(
        _ kind: CredentialKind, _ lookups: [CarrierLookup]
    ) -> SQLResult<[Numbered<Result<Principal, CredentialRefusal>>]> {
        let statement = PostgreSQLStatement(
            CarrierBatch.principals(kind), parameters: [.blobs(lookups.map(\.hash.bytes))])
        return result(of: statement) { result in
            try result.all { row in
                (Int(try row.number(PrincipalQueries.columnCount(kind))) - 1, try row.principal(kind))
            }
        }
    }

    /// The organizations that are named along with credentials of one kind. Those that are not there are left out.
    private func named(
        _ kind: CredentialKind, _ lookups: [CarrierLookup]
    ) -> SQLResult<[Numbered<NamedOrganization>]> {
        let names = lookups.map { $0.organization ?? "" }
        let statement = PostgreSQLStatement(
            CarrierBatch.organizations(kind),
            parameters: [
                .blobs(lookups.map(\.hash.bytes)), .texts(names.map(\.sought)),
                .integers(names.map { Identifier<Organization>($0)?.column }),
            ])
        return result(of: statement) { result in
            try result.all { row in
                (Int(try row.number(NamedOrganizationQuery.columnCount)) - 1, try row.namedOrganization())
            }
        }
    }
}

/// The texts of the batches, which are made once.
private enum CarrierBatch {
    static func principals(_ kind: CredentialKind) -> String {
        switch kind {
        case .apiToken: apiTokens
        case .session: sessions
        }
    }

    static func organizations(_ kind: CredentialKind) -> String {
        switch kind {
        case .apiToken: organizationsOfAPITokens
        case .session: organizationsOfSessions
        }
    }

    private static let sessions = principals(
        .session, PrincipalQueries.sessionColumns, PrincipalQueries.sessionJoins)
    private static let apiTokens = principals(
        .apiToken, PrincipalQueries.apiTokenColumns, PrincipalQueries.apiTokenJoins)
    private static let organizationsOfSessions = namedOrganizations(.session)
    private static let organizationsOfAPITokens = namedOrganizations(.apiToken)

    // Each credential is looked up by itself, in its indexes: for a join the planner would read whole tables, of a
    // thousand rows each time. And it is not told how many there are, or it would make another plan each time.

    private static func principals(_ kind: CredentialKind, _ columns: String, _ joins: String) -> String {
        """
        SELECT found.*, asked.number
        FROM unnest((SELECT $1)) WITH ORDINALITY AS asked(hash, number)
        CROSS JOIN LATERAL (
            SELECT \(columns) FROM \(kind.table) \(joins) WHERE \(kind.table).token_hash = asked.hash OFFSET 0
        ) AS found
        """
    }

    private static func namedOrganizations(_ kind: CredentialKind) -> String {
        """
        SELECT found.*, asked.number
        FROM unnest((SELECT $1), (SELECT $2), (SELECT $3)) WITH ORDINALITY AS asked(hash, slug, id, number)
        CROSS JOIN LATERAL (
            SELECT \(NamedOrganizationQuery.columns) FROM organization
            \(NamedOrganizationQuery.membership(of: kind, "asked.hash"))
            WHERE organization.slug = asked.slug OR organization.id = asked.id OFFSET 0
        ) AS found
        """
    }
}
