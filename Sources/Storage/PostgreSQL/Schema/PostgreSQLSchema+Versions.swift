/// The second version and the third. Responders that do not know them run on.
extension PostgreSQLSchema {
    /// The room that rows need to be updated in place, and the version of each responder.
    ///
    /// Free space in each page, where an updated row finds its new place without a new entry in any index; and a vacuum
    /// that comes before a fifth of a hundred million rows is dead. None of that keeps anybody waiting: it is written
    /// into the catalog under a lock that lets others read and write.
    ///
    /// A responder says of which version its program is, so that `postern init` can tell which one would end by a
    /// migration that it does not know. One that does not know this column runs on, since it has a default.
    static let version002 = [
        "ALTER TABLE account SET (fillfactor = 90)",
        "ALTER TABLE session SET (fillfactor = 85, \(vacuum))",
        "ALTER TABLE api_token SET (fillfactor = 85)",
        "ALTER TABLE throttle SET (fillfactor = 85, \(vacuum))",
        "ALTER TABLE responder ADD COLUMN program BIGINT NOT NULL DEFAULT 1",
    ]

    private static let vacuum =
        "autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_insert_scale_factor = 0.05"

    /// New tables, which responders of older versions do not look at.
    static let version003 = secrets003

    /// Secrets of the installation itself, sealed under the key that `key_id` names.
    private static let secrets003 = [
        """
        CREATE TABLE secret (
            name TEXT COLLATE "C" PRIMARY KEY,
            key_id BIGINT NOT NULL,
            sealed BYTEA NOT NULL
        )
        """,
        "CREATE INDEX secret_key ON secret (key_id, name)",
    ]
}
