/// The third version: new tables, which responders of older versions do not look at, so that they run on.
extension PostgreSQLSchema {
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
