/// The fourth version, and the fifth.
extension Schema {
    /// The identifier of an account in the system that it was imported from. Most accounts have none, so that the index
    /// has those alone that have one.
    static let version004 = """
        ALTER TABLE account ADD COLUMN external_id TEXT CHECK (length(external_id) BETWEEN 1 AND 255);
        CREATE UNIQUE INDEX account_external_id ON account (external_id) WHERE external_id IS NOT NULL;
        """

    /// Figures of the installation as a whole, each in a row of its own.
    static let version005 = """
        CREATE TABLE meta (name TEXT PRIMARY KEY, value INTEGER NOT NULL) STRICT, WITHOUT ROWID;
        """
}
