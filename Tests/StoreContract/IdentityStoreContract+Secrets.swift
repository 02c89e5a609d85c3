import Cryptography
import Identity
import Synchronization
import TestSupport
import Testing

extension IdentityStoreContract {
    private static func value(_ byte: UInt8, key: UInt64) -> SealedValue {
        SealedValue(bytes: [UInt8](repeating: byte, count: 69), key: KeyID(rawValue: key))
    }

    /// The highest bits are set, as half of all identifiers have them.
    private static let (old, new) = (KeyID(rawValue: 1), KeyID(rawValue: .max))

    private func insert(_ name: SecretName, _ byte: UInt8, key: KeyID = old) throws {
        let value = Self.value(byte, key: key.rawValue)
        #expect(try store.insert(value, as: name) == value)
    }

    @Test func `a secret is there once, and the one that was first stands`() throws {
        #expect(try store.secret(.throttle) == nil)
        let first = Self.value(1, key: 7)
        #expect(try store.insert(first, as: .throttle) == first)
        #expect(try store.insert(Self.value(2, key: 8), as: .throttle) == first)
        #expect(try store.secret(.throttle) == first)
        #expect(try store.secret(.recoveryCodes) == nil)
    }

    @Test func `of secrets that are made at once all get the same`() throws {
        let store = self.store
        let standing = Mutex<[SealedValue]>([])
        concurrently(16) { number in
            let value = try untilTaken { try store.insert(Self.value(UInt8(number), key: 1), as: .throttle) }
            standing.withLock { $0.append(contentsOf: [value].compactMap(\.self)) }
        }
        let values = standing.withLock { $0 }
        #expect(values.count == 16)
        #expect(values.allSatisfy { $0 == values[0] })
        #expect(try store.secret(.throttle) == values[0])
    }

    @Test func `rows are counted by the key that sealed them`() throws {
        #expect(try store.sealedRows() == [:])
        try insert(.throttle, 1)
        #expect(try store.sealedRows() == [Self.old: 1])
        try insert(.recoveryCodes, 2, key: Self.new)
        #expect(try store.sealedRows() == [Self.old: 1, Self.new: 1])
    }

    @Test func `rows of a key are sealed anew, some at a time, and those of another are left alone`() throws {
        try insert(.throttle, 1)
        try insert(.recoveryCodes, 2)
        var seen: [SealedRow] = []
        let renew = { (row: SealedRow) -> SealedValue? in
            seen.append(row)
            return SealedValue(bytes: row.value.bytes + [9], key: Self.new)
        }
        let first = try store.reseal(.secret, of: Self.old, after: nil, limit: 1, renew)
        #expect(first?.count == 1 && first?.last == .secret(name: "recovery-codes"))
        let second = try store.reseal(.secret, of: Self.old, after: first?.last, limit: 1, renew)
        #expect(second?.count == 1 && second?.last == .secret(name: "throttle"))
        let third = try store.reseal(.secret, of: Self.old, after: second?.last, limit: 1, renew)
        #expect(third?.count == 0 && third?.last == nil)
        #expect(
            seen == [
                SealedRow(owner: .secret(name: "recovery-codes"), value: Self.value(2, key: Self.old.rawValue)),
                SealedRow(owner: .secret(name: "throttle"), value: Self.value(1, key: Self.old.rawValue)),
            ])
        #expect(try store.sealedRows() == [Self.new: 2])
        #expect(try store.secret(.throttle)?.bytes.last == 9)
        #expect(try store.reseal(.secret, of: KeyID(rawValue: 5), after: nil, limit: 9, renew)?.count == 0)
    }

    @Test func `a row that cannot be sealed anew holds up none behind it`() throws {
        try insert(.throttle, 1)
        try insert(.recoveryCodes, 2)
        let renewed = Self.value(3, key: Self.new.rawValue)
        let first = try store.reseal(.secret, of: Self.old, after: nil, limit: 1) { _ in nil }
        #expect(first?.count == 0 && first?.last == .secret(name: "recovery-codes"))
        #expect(try store.reseal(.secret, of: Self.old, after: first?.last, limit: 2) { _ in renewed }?.count == 1)
        #expect(try store.secret(.throttle) == renewed)
        #expect(try store.secret(.recoveryCodes) == Self.value(2, key: Self.old.rawValue))
    }

    @Test func `of two that seal a row anew at once one does, and the other leaves it`() throws {
        try insert(.throttle, 1)
        let (mine, theirs) = (Self.value(2, key: Self.new.rawValue), Self.value(3, key: Self.new.rawValue))
        let other = try store.reseal(.secret, of: Self.old, after: nil, limit: 9) { _ in
            let count = try? store.reseal(.secret, of: Self.old, after: nil, limit: 9) { _ in theirs }?.count
            #expect(count == 1)
            return mine
        }
        #expect(other?.count == 0)
        #expect(try store.secret(.throttle) == theirs)
    }

    @Test func `a key is retired once no row needs it, and seals none from then on`() throws {
        try insert(.throttle, 1)
        #expect(try store.retire(Self.old) == 1)
        #expect(try !store.isRetired(Self.old))
        try insert(.recoveryCodes, 2)
        #expect(try store.retire(Self.old) == 2)
        let moved = try store.reseal(.secret, of: Self.old, after: nil, limit: 9) { row in
            SealedValue(bytes: row.value.bytes, key: Self.new)
        }
        #expect(moved?.count == 2)
        #expect(try store.retire(Self.old) == 0 && store.retire(Self.old) == 0)
        #expect(try store.isRetired(Self.old) && !store.isRetired(Self.new))
        // One that has not heard of it, with the old order.
        let back = try store.reseal(.secret, of: Self.new, after: nil, limit: 9) { row in
            SealedValue(bytes: row.value.bytes, key: Self.old)
        }
        #expect(back == nil)
        #expect(try store.sealedRows() == [Self.new: 2])
        try StoreMaker.current.connection(in: folder).execute("DELETE FROM secret")
        #expect(try store.insert(Self.value(3, key: Self.old.rawValue), as: .throttle) == nil)
        #expect(try store.sealedRows() == [:])
        try insert(.throttle, 4, key: Self.new)
        // The one that stands is told, whoever asks.
        #expect(
            try store.insert(Self.value(3, key: Self.old.rawValue), as: .throttle)
                == Self.value(4, key: Self.new.rawValue))
    }

    @Test func `a key that is retired while others seal by it leaves no row that needs it`() throws {
        let store = self.store
        for round in 1...12 {
            let key = KeyID(rawValue: UInt64(round))
            let left = Mutex(-1)
            concurrently(5) { number in
                if number == 2 {
                    let rows = try untilTaken { try store.retire(key) }
                    left.withLock { $0 = rows }
                } else {
                    let name = SecretName.allCases[number % SecretName.allCases.count]
                    _ = try untilTaken { try store.insert(Self.value(1, key: key.rawValue), as: name) }
                }
            }
            let rows = try store.sealedRows()[key, default: 0]
            #expect(try store.isRetired(key) == (left.withLock { $0 } == 0))
            #expect(try store.isRetired(key) == (rows == 0), "\(rows) rows of \(key)")
            try StoreMaker.current.connection(in: folder).execute("DELETE FROM secret")
        }
    }
}
