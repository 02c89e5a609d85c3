/// The sixth version, in parts by subject.
extension Schema {
    static let version006 = [secrets006, secondFactors006]

    /// Secrets of the installation itself, sealed under the key that `key_id` names.
    private static let secrets006 = """
        CREATE TABLE secret (
            name TEXT PRIMARY KEY,
            key_id INTEGER NOT NULL,
            sealed BLOB NOT NULL
        ) STRICT, WITHOUT ROWID;

        CREATE INDEX secret_key ON secret (key_id, name);
        """
}
