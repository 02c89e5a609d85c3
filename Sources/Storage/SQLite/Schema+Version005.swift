/// The fifth version: figures of the installation as a whole, each in a row of its own.
extension Schema {
    static let version005 = """
        CREATE TABLE meta (name TEXT PRIMARY KEY, value INTEGER NOT NULL) STRICT, WITHOUT ROWID;
        """
}
