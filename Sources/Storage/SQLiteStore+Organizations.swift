import GRDB
public import Identity

extension SQLiteStore {
    public func organization(_ slugOrID: String) throws(StoreError) -> Organization? {
        try read { db in
            let statement = try db.cachedStatement(
                sql: "SELECT id, slug, name, created_at FROM organization WHERE slug = ? OR id = ?")
            let id = Identifier<Organization>(slugOrID)?.column
            guard let row = try Row.fetchOne(statement, arguments: [slugOrID, id]) else { return nil }
            return Organization(
                id: Identifier(column: row["id"]), slug: row["slug"], name: row["name"],
                createdAt: Timestamp(column: row["created_at"]))
        }
    }

    public func initialize(
        _ organization: Organization, owner: Account, passwordHash: String
    ) throws(StoreError) -> Bool {
        try write { db in
            guard try !Self.hasOrganization(db) else { return false }
            try db.execute(
                sql: "INSERT INTO organization (id, slug, name, created_at) VALUES (?, ?, ?, ?)",
                arguments: [
                    organization.id.column, organization.slug, organization.name,
                    organization.createdAt.secondsSince1970,
                ])
            guard try Self.insert(owner, passwordHash: passwordHash, db) else {
                throw StoreError(.unexpected, "there is no organization, but an account \(owner.email)")
            }
            return true
        }
    }

    public func isInitialized() throws(StoreError) -> Bool {
        try read { db in try Self.hasOrganization(db) }
    }

    private static func hasOrganization(_ db: Database) throws -> Bool {
        try Int.fetchOne(db, sql: "SELECT 1 FROM organization LIMIT 1") != nil
    }
}
