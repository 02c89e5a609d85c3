import Cryptography

extension AuthenticationService {
    /// The rows that are sealed anew in one transaction: some two milliseconds of it.
    private static let resealedAtOnce = 100

    /// Seals anew, under the key in use, what the other keys have sealed, until a number of rows is reached. A row that
    /// does not open is passed by. An installation with one key has nothing to do.
    ///
    /// - Parameter most: the number at which it ends; the last batch may go beyond it.
    /// - Returns: the number of rows.
    /// - Throws: `.store`, `.cryptography`.
    public func resealSecrets(most: Int) throws(AuthenticationError) -> Int {
        guard let keyring else { return 0 }
        var count = 0
        for key in keyring.ids.dropFirst() {
            for table in SealedTable.allCases {
                count += try reseal(table, of: key, by: keyring, most: most - count)
                if count >= most { return count }
            }
        }
        return count
    }

    private func reseal(
        _ table: SealedTable, of key: KeyID, by keyring: Keyring, most: Int
    ) throws(AuthenticationError) -> Int {
        var (count, last) = (0, SealedRow.Owner?.none)
        repeat {
            var failure: KeyError?
            let batch = try withStore { store throws(StoreError) in
                try store.reseal(table, of: key, after: last, limit: Self.resealedAtOnce) { row in
                    do throws(KeyError) {
                        return try resealed(row, by: keyring)
                    } catch {
                        if case .cryptography = error { failure = error }
                        return nil
                    }
                }
            }
            if let failure { throw AuthenticationError(failure) }
            guard let batch else { throw .keys(.refused(.retired(keyring.inUse))) }
            (count, last) = (count + batch.count, batch.last)
        } while last != nil && count < most
        return count
    }

    private func resealed(_ row: SealedRow, by keyring: Keyring) throws(KeyError) -> SealedValue {
        let secret = try keyring.open(row.value.bytes, for: row.owner.purpose, of: row.owner.subject)
        return try row.owner.sealed(secret, by: keyring, random: random)
    }
}
