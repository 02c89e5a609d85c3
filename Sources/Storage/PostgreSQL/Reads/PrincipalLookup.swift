import Identity

/// The credential of a request, to be looked up along with others.
struct PrincipalLookup: Sendable {
    let kind: CredentialKind
    let hash: TokenHash

    /// The time that a lookup may take, all tries and waits together. A request that nobody answers in that time is
    /// better refused than kept, with its thread.
    static let patience = Duration.seconds(3)

    /// Batches of such lookups.
    static func batches(_ reads: ReadRunner) -> LookupBatches<PrincipalLookup, Principal?> {
        LookupBatches(connections: reads.pools.lookups.size, patience: patience) { lookups in
            try reads.statements(reads.pools.lookups, within: patience) { transaction in
                try transaction.principals(lookups)
            }
        }
    }
}

extension PostgreSQLTransaction {
    /// The principals of credentials, in the same order.
    fileprivate func principals(_ lookups: [PrincipalLookup]) throws -> [Principal?] {
        if let only = lookups.first, lookups.count == 1 { return [try principal(only.kind, only.hash).value] }
        let results = [CredentialKind.session, .apiToken].compactMap { kind in
            let places = lookups.indices.filter { lookups[$0].kind == kind }
            return places.isEmpty ? nil : (places, principals(kind, places.map { lookups[$0].hash }))
        }
        var found: [Principal?] = Array(repeating: nil, count: lookups.count)
        for (places, result) in results {
            for (number, principal) in try result.value { found[places[number]] = principal }
        }
        return found
    }

    /// The principals of credentials of one kind, each with the place of its hash among those that were asked for.
    ///
    /// The hashes go as one array, which the planner takes for ten: it looks each up in the index.
    private func principals(
        _ kind: CredentialKind, _ hashes: [TokenHash]
    ) -> SQLResult<[(number: Int, principal: Principal)]> {
        let statement = PostgreSQLStatement(PrincipalBatch.query(kind), parameters: [.blobs(hashes.map(\.bytes))])
        return result(of: statement) { result in
            try result.all { row in
                (Int(try row.number(PrincipalQueries.columnCount)) - 1, try row.principal(kind))
            }
        }
    }
}

/// The texts of the batches, which are made once.
private enum PrincipalBatch {
    static func query(_ kind: CredentialKind) -> String {
        switch kind {
        case .apiToken: apiTokens
        case .session: sessions
        }
    }

    private static let sessions = """
        SELECT \(PrincipalQueries.sessionColumns), asked.number
        FROM unnest($1) WITH ORDINALITY AS asked(hash, number) JOIN session ON session.token_hash = asked.hash
        \(PrincipalQueries.sessionJoins)
        WHERE \(PrincipalQueries.sessionCondition)
        """
    private static let apiTokens = """
        SELECT \(PrincipalQueries.apiTokenColumns), asked.number
        FROM unnest($1) WITH ORDINALITY AS asked(hash, number) JOIN api_token ON api_token.token_hash = asked.hash
        \(PrincipalQueries.apiTokenJoins)
        WHERE \(PrincipalQueries.apiTokenCondition)
        """
}
