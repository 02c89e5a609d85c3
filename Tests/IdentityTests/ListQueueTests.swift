import Dispatch
import Foundation
import Glibc
import Synchronization
import TestSupport
import Testing

@testable import Identity

struct ListQueueTests {
    private static let one = Identifier<Organization>(rawValue: 1)
    private static let other = Identifier<Organization>(rawValue: 2)

    /// Reads a list that takes until `release`.
    private func occupy(_ lists: ListQueue, _ release: DispatchSemaphore, for organization: Identifier<Organization>) {
        let started = DispatchSemaphore(value: 0)
        Thread.detachNewThread {
            _ = try? lists.read(for: organization) { () throws(StoreError) in
                started.signal()
                release.wait()
            }
        }
        started.wait()
    }

    @Test func `no more lists are read at once than there are slots`() {
        let lists = ListQueue(concurrency: 2, length: 100)
        let running = Mutex((now: 0, most: 0, done: 0))
        DispatchQueue.concurrentPerform(iterations: 40) { _ in
            _ = try? lists.read(for: nil) { () throws(StoreError) in
                running.withLock { $0 = ($0.now + 1, max($0.most, $0.now + 1), $0.done) }
                usleep(1000)
                running.withLock { $0 = ($0.now - 1, $0.most, $0.done + 1) }
            }
        }
        let (now, most, done) = running.withLock { $0 }
        #expect(now == 0 && done == 40)
        #expect((1...2).contains(most))
    }

    @Test func `lists give way to what serves`() throws {
        let here = getpriority(__priority_which_t(PRIO_PROCESS.rawValue), 0)
        let there = try ListQueue().read(for: nil) { () throws(StoreError) in
            getpriority(__priority_which_t(PRIO_PROCESS.rawValue), 0)
        }
        #expect(there > here)
    }

    @Test func `one organization has half of the places, so that others find one`() throws {
        let lists = ListQueue(concurrency: 2, length: 2)
        let release = DispatchSemaphore(value: 0)
        defer { for _ in 0..<2 { release.signal() } }
        for _ in 0..<2 { occupy(lists, release, for: Self.one) }
        #expect(throws: AuthenticationError.tooManyLists(retryAfter: 1)) {
            try lists.read(for: Self.one) { () throws(StoreError) in }
        }
        // It waits in the line, and is read when a slot is free.
        let value = Mutex<Int?>(nil)
        let done = DispatchSemaphore(value: 0)
        Thread.detachNewThread {
            let read = try? lists.read(for: Self.other) { () throws(StoreError) in 42 }
            value.withLock { $0 = read }
            done.signal()
        }
        release.signal()
        #expect(done.wait(timeout: .now() + 5) == .success)
        #expect(value.withLock { $0 } == 42)
        release.signal()
    }

    @Test func `a fault of the store is told as it is`() {
        let fault = StoreError(.unavailable, "gone")
        #expect(throws: AuthenticationError.store(fault)) {
            try ListQueue().read(for: nil) { () throws(StoreError) -> Int in throw fault }
        }
    }
}
