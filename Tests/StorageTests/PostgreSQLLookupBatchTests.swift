import Dispatch
import Foundation
import Identity
import Synchronization
import TestSupport
import Testing

@testable import Storage

/// The forming of batches, with a search that a test holds up.
struct PostgreSQLLookupBatchTests {
    private let begun = DispatchSemaphore(value: 0)
    private let gate = DispatchSemaphore(value: 0)
    private let sizes = SharedList()

    private final class SharedList: Sendable {
        let items = Mutex<[Int]>([])
    }

    /// Batches of a search that doubles numbers, fails with 13, and waits for the gate with 0.
    private func batches(
        connections: Int = 1, patience: Duration = .seconds(60), gathering: Duration = .seconds(60)
    ) -> LookupBatches<Int, Int> {
        LookupBatches(connections: connections, patience: patience, gathering: gathering) {
            [begun, gate, sizes] lookups in
            sizes.items.withLock { $0.append(lookups.count) }
            if lookups.contains(0) {
                begun.signal()
                gate.wait()
            }
            if lookups.contains(13) { throw StoreError(.unavailable, "thirteen") }
            return lookups.map { $0 * 2 }
        }
    }

    /// Has one thread hold up the search, and others wait behind it before it goes on.
    private func waiting(
        _ count: Int, _ batches: LookupBatches<Int, Int>, _ find: (Int) throws -> Void
    ) {
        concurrently(count + 2) { number in
            switch number {
            case 0: try find(0)
            case 1:
                while batches.waiting < count { Thread.sleep(forTimeInterval: 0.002) }
                gate.signal()
            default:
                // Once the first batch has been formed.
                begun.wait()
                begun.signal()
                try find(number)
            }
        }
    }

    private func check(_ batches: LookupBatches<Int, Int>, _ number: Int) throws {
        let found = try batches.find(number)
        #expect(found == number * 2)
    }

    @Test func `one that comes alone goes alone`() throws {
        let batches = batches()
        #expect(try batches.find(21) == 42)
        #expect(try batches.find(4) == 8)
        #expect(batches.figures == .init(batches: 2, lookups: 2))
    }

    @Test func `those that wait while all connections are busy go together, each with its own result`() {
        let batches = batches()
        waiting(10, batches) { number throws in try check(batches, number) }
        #expect(sizes.items.withLock { $0 } == [1, 10])
        #expect(batches.waiting == 0)
    }

    @Test func `more than sixty-four take another batch`() {
        let batches = batches()
        waiting(100, batches) { number throws in
            if number != 13 { try check(batches, number) } else { _ = try? batches.find(1300) }
        }
        #expect(sizes.items.withLock { $0 } == [1, 64, 36])
    }

    @Test func `an error of a batch is that of each of its lookups, and of no other`() throws {
        let batches = batches()
        let failed = Mutex(0)
        waiting(14, batches) { number throws in
            if number == 0 {
                try check(batches, 0)
            } else if (try? batches.find(number)) == nil {
                failed.withLock { $0 += 1 }
            }
        }
        #expect(failed.withLock { $0 } == 14)
        #expect(try batches.find(7) == 14)
    }

    /// Has two threads hold up a connection each, and others wait behind them; then lets one of the two go.
    ///
    /// - Parameter rest: runs once that one has its result, while the other still holds its connection.
    private func holdingOne(
        of batches: LookupBatches<Int, Int>, before count: Int, rest: @Sendable () -> Void
    ) {
        let arrived = DispatchSemaphore(value: 0)
        concurrently(count + 3) { index in
            // 13 would fail.
            let number = index == 13 ? 1300 : index
            switch number {
            case 0, 1:
                try check(batches, 0)
                arrived.signal()
            case 2:
                while batches.waiting < count { Thread.sleep(forTimeInterval: 0.002) }
                gate.signal()
                arrived.wait()
                rest()
                gate.signal()
            default:
                while sizes.items.withLock({ $0.count }) < 2 { Thread.sleep(forTimeInterval: 0.002) }
                try check(batches, number)
            }
        }
    }

    @Test func `few go beside a batch on its way`() throws {
        let batches = batches(connections: 2)
        concurrently(2) { number in
            if number == 0 {
                try check(batches, 0)
            } else {
                begun.wait()
                try check(batches, 5)
                gate.signal()
            }
        }
        #expect(sizes.items.withLock { $0 } == [1, 1])
    }

    @Test func `many gather behind a batch on its way, though a connection is free`() {
        let batches = batches(connections: 2)
        holdingOne(of: batches, before: 10) { #expect(batches.waiting == 10) }
        #expect(sizes.items.withLock { $0 } == [1, 1, 10])
    }

    @Test func `a full batch does not wait for the one on its way`() {
        let batches = batches(connections: 2)
        holdingOne(of: batches, before: 100) {
            while batches.waiting > 36 { Thread.sleep(forTimeInterval: 0.002) }
        }
        #expect(sizes.items.withLock { $0 } == [1, 1, 64, 36])
    }

    @Test(arguments: [20, 500])
    func `nobody waits behind a batch that takes long`(gathering: Int) {
        let batches = batches(connections: 2, gathering: .milliseconds(gathering))
        holdingOne(of: batches, before: 10) {
            while batches.waiting > 0 { Thread.sleep(forTimeInterval: 0.002) }
        }
        let found = sizes.items.withLock { $0 }
        #expect(found.prefix(2) == [1, 1] && found.reduce(0, +) == 12)
    }

    @Test func `one whose turn does not come is refused, and the others go on`() throws {
        let batches = batches(patience: .milliseconds(50))
        concurrently(2) { number in
            if number == 0 {
                try check(batches, 0)
            } else {
                begun.wait()
                let error = #expect(throws: StoreError.self) { try batches.find(5) }
                #expect(error?.kind == .unavailable)
                #expect(batches.waiting == 0)
                gate.signal()
            }
        }
        #expect(try batches.find(5) == 10)
    }
}
