import Cryptography
import Dispatch
import Foundation
import Glibc
import Synchronization
import TestSupport
import Testing

@testable import Identity

struct HashGateTests {
    /// Runs a job that waits in the gate for `release`, on a thread of its own.
    private func occupy(_ gate: HashGate, _ release: DispatchSemaphore) -> DispatchSemaphore {
        let started = DispatchSemaphore(value: 0)
        Thread.detachNewThread {
            _ = try? gate.run {
                started.signal()
                release.wait()
            }
        }
        return started
    }

    @Test func `no more run at once than there are slots, and all are run`() {
        let gate = HashGate(slots: 3, lineLength: 1000)
        let running = Mutex((now: 0, most: 0, done: 0))
        DispatchQueue.concurrentPerform(iterations: 60) { _ in
            _ = try? gate.run {
                running.withLock { $0 = ($0.now + 1, max($0.most, $0.now + 1), $0.done) }
                usleep(1000)
                running.withLock { $0 = ($0.now - 1, $0.most, $0.done + 1) }
            }
        }
        let (now, most, done) = running.withLock { $0 }
        #expect(now == 0 && done == 60)
        #expect((1...3).contains(most))
    }

    @Test func `the line has an end, and it moves`() throws {
        let gate = HashGate(slots: 1, lineLength: 0)
        let release = DispatchSemaphore(value: 0)
        occupy(gate, release).wait()
        #expect(throws: HashGate.Full.self) { try gate.run {} }
        #expect(
            gate.status
                == HashingStatus(slots: 1, lineLength: 0, running: 1, waiting: 0, computed: 0, refused: 1))
        release.signal()
        let deadline = ContinuousClock.now + .seconds(5)
        var value: Int?
        while value == nil, ContinuousClock.now < deadline { value = try? gate.run { 42 } }
        #expect(value == 42)
        #expect(gate.status.running == 0 && gate.status.computed == 2)
    }

    @Test func `who only waits leaves a place for the job that is waited for`() throws {
        let gate = HashGate(slots: 1, lineLength: 1)
        var value: Int?
        var refusal: HashGate.Full?
        try gate.holdPlace {
            do throws(HashGate.Full) { try gate.holdPlace {} } catch { refusal = error }
            value = try? gate.run { 42 }
        }
        #expect(refusal != nil)
        #expect(value == 42)
        #expect(gate.pending == 0)
    }

    @Test func `who is in the line is served in turn`() throws {
        let gate = HashGate(slots: 1, lineLength: 8)
        let release = DispatchSemaphore(value: 0)
        occupy(gate, release).wait()
        let order = Mutex<[Int]>([])
        let group = DispatchGroup()
        for number in 0..<4 {
            let entered = gate.pending
            Thread.detachNewThread {
                group.enter()
                _ = try? gate.run { order.withLock { $0.append(number) } }
                group.leave()
            }
            while gate.pending == entered { usleep(100) }
        }
        release.signal()
        group.wait()
        #expect(order.withLock { $0 } == [0, 1, 2, 3])
    }

    @Test func `its threads give way to those that serve`() throws {
        let gate = HashGate(slots: 1, lineLength: 0)
        let here = getpriority(__priority_which_t(PRIO_PROCESS.rawValue), 0)
        let there = try gate.run { getpriority(__priority_which_t(PRIO_PROCESS.rawValue), 0) }
        #expect(there > here)
    }

    @Test func `its threads end with it`() throws {
        let thread = try HashGate(slots: 2, lineLength: 2).run {
            try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/thread-self")
        }
        let deadline = ContinuousClock.now + .seconds(5)
        let path = "/proc/\(try #require(thread))"
        while FileManager.default.fileExists(atPath: path), ContinuousClock.now < deadline { usleep(1000) }
        #expect(!FileManager.default.fileExists(atPath: path))
    }
}
