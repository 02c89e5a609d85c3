import Identity
import Testing

@testable import Storage

/// The one order in which transactions take their locks.
struct LockOrderTests {
    private static let account = SQLLock.account(.id(Identifier(rawValue: 1)))
    private static let ascending: [SQLLock] = [
        account, .installation, .organizations([Identifier(rawValue: 1)]), .credential, .throttle([]), .audit,
    ]

    @Test func `locks are taken in the order of their ranks, and any may be left out`() {
        var all = LockOrder()
        for lock in Self.ascending {
            #expect(all.permits(lock))
            all.take(lock)
        }
        var some = LockOrder()
        some.take(Self.account)
        #expect(some.permits(.audit))
    }

    @Test func `no lock is taken after one of a higher rank`() {
        for (place, highest) in Self.ascending.enumerated() {
            var order = LockOrder()
            order.take(highest)
            for lower in Self.ascending[..<place] { #expect(!order.permits(lower)) }
            for higher in Self.ascending[(place + 1)...] { #expect(order.permits(higher)) }
        }
    }

    @Test func `a rank is taken once, but for credentials, which are locked as they are met`() {
        let others: [SQLLock] = [
            .accounts("state = 'Active'"), .installation, .deletion(Identifier(rawValue: 2)), .credential,
            .throttle([]), .audit,
        ]
        for (first, second) in zip(Self.ascending, others) {
            var order = LockOrder()
            order.take(first)
            #expect(order.permits(second) == (second.rank == .credential))
        }
    }

    @Test func `a debug build stops at a lock that is out of order`() async {
        await #expect(processExitsWith: .failure) {
            var order = LockOrder()
            order.take(.throttle([]))
            order.take(.account(.id(Identifier(rawValue: 1))))
        }
    }
}
