import FoundationEssentials
import GRDB
public import Identity

extension SQLiteStore {
    public func begin(
        _ session: Session, verifiedHash: String, renewedHash: String?
    ) throws(StoreError) -> Account? {
        try write { db in
            let unchanged = try db.cachedStatement(
                sql: "SELECT 1 FROM account WHERE id = ? AND state = 'Active' AND password_hash = ?")
            guard try Int.fetchOne(unchanged, arguments: [session.account.column, verifiedHash]) != nil else {
                return nil
            }
            if let renewedHash {
                let renew = try db.cachedStatement(sql: "UPDATE account SET password_hash = ? WHERE id = ?")
                try renew.execute(arguments: [renewedHash, session.account.column])
            }
            let prune = try db.cachedStatement(sql: "DELETE FROM session WHERE account_id = ? AND expires_at <= ?")
            try prune.execute(arguments: [session.account.column, session.createdAt.secondsSince1970])
            let insert = try db.cachedStatement(
                sql: """
                    INSERT INTO session (id, token_hash, account_id, created_at, expires_at, address, user_agent)
                    VALUES (?, ?, ?, ?, ?, ?, ?)
                    """)
            try insert.execute(arguments: [
                session.id.column, Data(session.tokenHash.bytes), session.account.column,
                session.createdAt.secondsSince1970, session.expiresAt.secondsSince1970, session.address,
                session.userAgent,
            ])
            return try AccountRows.account(db, id: session.account)
        }
    }

    public func endSession(tokenHash: TokenHash) throws(StoreError) -> Bool {
        try write { db in
            let delete = try db.cachedStatement(sql: "DELETE FROM session WHERE token_hash = ?")
            try delete.execute(arguments: [Data(tokenHash.bytes)])
            return db.changesCount == 1
        }
    }

    public func principal(session tokenHash: TokenHash, at now: Timestamp) throws(StoreError) -> Principal? {
        try read { db in
            let statement = try db.cachedStatement(
                sql: """
                    SELECT session.id, account.id AS account_id, account.roles
                    FROM session JOIN account ON account.id = session.account_id
                    WHERE session.token_hash = ? AND session.expires_at > ? AND account.state = 'Active'
                    """)
            let arguments: StatementArguments = [Data(tokenHash.bytes), now.secondsSince1970]
            guard let row = try Row.fetchOne(statement, arguments: arguments) else { return nil }
            return Principal(
                credential: .session(Identifier(column: row["id"])), account: Identifier(column: row["account_id"]),
                installationRoles: try RoleSet(column: row["roles"]), organizationRoles: [])
        }
    }
}
