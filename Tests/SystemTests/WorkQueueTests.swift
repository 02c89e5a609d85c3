import Dispatch
import Foundation
import Glibc
import Synchronization
import Testing

@testable import System

struct WorkQueueTests {
    /// Runs a job that waits for `release`, on a thread of its own.
    private func occupy(_ queue: WorkQueue, _ release: DispatchSemaphore) -> DispatchSemaphore {
        let started = DispatchSemaphore(value: 0)
        detached {
            _ = try? queue.run {
                started.signal()
                release.wait()
            }
        }
        return started
    }

    @Test func `no more jobs run at once than are allowed, and all are run`() {
        let queue = WorkQueue(concurrency: 3, length: 1000)
        let running = Mutex((now: 0, most: 0, done: 0))
        DispatchQueue.concurrentPerform(iterations: 60) { _ in
            _ = try? queue.run {
                running.withLock { $0 = ($0.now + 1, max($0.most, $0.now + 1), $0.done) }
                usleep(1000)
                running.withLock { $0 = ($0.now - 1, $0.most, $0.done + 1) }
            }
        }
        let (now, most, done) = running.withLock { $0 }
        #expect(now == 0 && done == 60)
        #expect((1...3).contains(most))
    }

    @Test func `the queue has an end, and it moves`() throws {
        let queue = WorkQueue(concurrency: 1, length: 0)
        let release = DispatchSemaphore(value: 0)
        occupy(queue, release).wait()
        #expect(throws: WorkQueue.Full.self) { try queue.run {} }
        #expect(
            queue.status
                == WorkQueue.Status(concurrency: 1, length: 0, running: 1, waiting: 0, completed: 0, refused: 1))
        release.signal()
        let deadline = ContinuousClock.now + .seconds(5)
        var value: Int?
        while value == nil, ContinuousClock.now < deadline { value = try? queue.run { 42 } }
        #expect(value == 42)
        #expect(queue.status.running == 0 && queue.status.completed == 2)
    }

    @Test func `a caller that only waits leaves a place for the job that it waits for`() throws {
        let queue = WorkQueue(concurrency: 1, length: 1)
        var value: Int?
        var refusal: WorkQueue.Full?
        try queue.holdPlace {
            do throws(WorkQueue.Full) { try queue.holdPlace {} } catch { refusal = error }
            value = try? queue.run { 42 }
        }
        #expect(refusal != nil)
        #expect(value == 42)
        #expect(queue.status.waiting == 0)
    }

    @Test func `jobs are run in turn`() throws {
        let queue = WorkQueue(concurrency: 1, length: 8)
        let release = DispatchSemaphore(value: 0)
        occupy(queue, release).wait()
        let order = Mutex<[Int]>([])
        let group = DispatchGroup()
        for number in 0..<4 {
            let entered = queue.status.waiting
            detached {
                group.enter()
                _ = try? queue.run { order.withLock { $0.append(number) } }
                group.leave()
            }
            while queue.status.waiting == entered { usleep(100) }
        }
        release.signal()
        group.wait()
        #expect(order.withLock { $0 } == [0, 1, 2, 3])
    }

    @Test func `its threads give way to those that serve`() throws {
        let queue = WorkQueue(concurrency: 1, length: 0)
        let here = getpriority(__priority_which_t(PRIO_PROCESS.rawValue), 0)
        let there = try queue.run { getpriority(__priority_which_t(PRIO_PROCESS.rawValue), 0) }
        #expect(there > here)
    }

    @Test func `its threads end with it`() throws {
        let thread = try WorkQueue(concurrency: 2, length: 2).run {
            try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/thread-self")
        }
        let deadline = ContinuousClock.now + .seconds(5)
        let path = "/proc/\(try #require(thread))"
        while FileManager.default.fileExists(atPath: path), ContinuousClock.now < deadline { usleep(1000) }
        #expect(!FileManager.default.fileExists(atPath: path))
    }
}

/// Runs `body` on a thread of its own.
private func detached(_ body: @escaping @Sendable () -> Void) {
    do { try System.Thread("test", body).detach() } catch { Issue.record(error) }
}
