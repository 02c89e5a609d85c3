import Identity

/// The rows of the table `meta` that have the defaults of a database, by their names.
enum AssuranceDefaultsRow: String, CaseIterable {
    /// The number of the policy on second factors.
    case secondFactor = "second_factor"
    /// 1 if freshness is on, else 0.
    case freshness

    fileprivate func value(of defaults: AssuranceDefaults) -> Int64 {
        switch self {
        case .secondFactor: defaults.secondFactor.number
        case .freshness: defaults.isFreshnessOn ? 1 : 0
        }
    }
}

extension SQLStore {
    public func assuranceDefaults() throws(StoreError) -> AssuranceDefaults {
        try read { try $0.assuranceDefaults().value } ?? .ofOlder
    }
}

extension SQLTransaction {
    /// The defaults that the database has; `nil` if it has none, or not both rows.
    func assuranceDefaults() throws -> SQLResult<AssuranceDefaults?> {
        let rows = try all("SELECT name, value FROM meta WHERE name IN ('second_factor', 'freshness')") { row in
            (name: try row.string(0), value: try row.number(1))
        }
        return try rows.map { rows in
            let values = Dictionary(rows.map { ($0.name, $0.value) }) { first, _ in first }
            guard let number = values[AssuranceDefaultsRow.secondFactor.rawValue],
                let freshness = values[AssuranceDefaultsRow.freshness.rawValue]
            else { return nil }
            guard let policy = SecondFactorPolicy(number: number) else {
                throw StoreError(.damaged, "\(number) is not a policy on second factors")
            }
            return AssuranceDefaults(secondFactor: policy, isFreshnessOn: freshness != 0)
        }
    }

    /// Writes down the defaults of a database.
    func note(_ defaults: AssuranceDefaults) throws {
        for row in AssuranceDefaultsRow.allCases {
            try run(
                """
                INSERT INTO meta (name, value) VALUES ($1, $2)
                ON CONFLICT (name) DO UPDATE SET value = excluded.value
                """, row.rawValue, row.value(of: defaults))
        }
    }
}
