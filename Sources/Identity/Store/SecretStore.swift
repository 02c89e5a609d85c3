public import Cryptography

/// The part of the store for values that are sealed under the installation's keys. It sees none of them in clear.
public protocol SecretStore: Sendable {
    /// The secret with a name; `nil` if none was made yet.
    func secret(_ name: SecretName) throws(StoreError) -> SealedValue?

    /// Adds a secret, unless there is one with its name.
    ///
    /// - Returns: the one that stands: this one, or that of another process that was first; `nil`, and adds nothing, if
    ///   its key is retired.
    func insert(_ secret: SealedValue, as name: SecretName) throws(StoreError) -> SealedValue?

    /// The number of rows that each key has sealed, of all tables together.
    func sealedRows() throws(StoreError) -> [KeyID: Int]

    /// Seals rows of a table anew, some at a time, in the order of their owners.
    ///
    ///     var last: SealedRow.Owner?
    ///     repeat {
    ///         last = try store.reseal(.secret, of: old, after: last, limit: 100) { row in try? seal(row) }.last
    ///     } while last != nil
    ///
    /// A row that somebody else changed meanwhile, or is about to change, stays as it is: so several processes may do
    /// it at once.
    ///
    /// - Parameters:
    ///   - key: the key whose rows are meant.
    ///   - owner: the owner of the row after which it begins; `nil` to begin with the first.
    ///   - limit: the most rows that are read, at least 1.
    ///   - rule: returns the row's value, sealed anew, or `nil` for one that has to stay as it is. It runs once for
    ///     each row, in no transaction.
    /// - Returns: the number of rows that were changed, and the owner of the last one that was read; `nil` for the
    ///   latter if there are no more. `nil` for both, and changes nothing, if a key that was used is retired.
    func reseal(
        _ table: SealedTable, of key: KeyID, after owner: SealedRow.Owner?, limit: Int,
        _ rule: (SealedRow) -> SealedValue?
    ) throws(StoreError) -> (count: Int, last: SealedRow.Owner?)?

    /// Retires a key, unless rows need it: from then on no row gets a value that it has sealed, by whatever process. So
    /// one that has not heard of the removal of its key writes nothing that nobody can open later.
    ///
    /// - Returns: the number of rows that need it; 0 if it is retired.
    func retire(_ key: KeyID) throws(StoreError) -> Int

    /// Tells whether a key is retired.
    func isRetired(_ key: KeyID) throws(StoreError) -> Bool
}
