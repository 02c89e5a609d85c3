import Dispatch
import Glibc
import Synchronization
import Testing

@testable import System

struct ThreadTests {
    @Test func `a signal that comes before anybody waits is not lost`() throws {
        // A signal that no other test uses, on a thread of its own.
        let number = Int32(40)
        let done = DispatchSemaphore(value: 0)
        let thread = try Thread("signal test") {
            let signals = Signals([number])
            for _ in 0..<100 {
                pthread_kill(pthread_self(), number)
                if signals.wait() != number { return }
            }
            done.signal()
        }
        thread.join()
        #expect(done.wait(timeout: .now()) == .success)
    }

    @Test func `a thread has its name, its priority and no signals`() throws {
        let found = Mutex((name: "", niceness: Int32(0), blocks: false))
        try Thread("test thread", niceness: 7) {
            var mask = sigset_t()
            unsafe pthread_sigmask(SIG_BLOCK, nil, &mask)
            let blocks = unsafe sigismember(&mask, SIGTERM) == 1 && sigismember(&mask, SIGSEGV) == 0
            let niceness = getpriority(__priority_which_t(PRIO_PROCESS.rawValue), 0)
            found.withLock { $0 = (Self.name(), niceness, blocks) }
        }
        .join()
        let result = found.withLock { $0 }
        #expect(result == ("test thread", 7, true))
    }

    /// Reads the calling thread's name from the kernel.
    private static func name() -> String {
        var bytes = [UInt8](repeating: 0, count: 16)
        let file = unsafe open("/proc/thread-self/comm", O_RDONLY)
        defer { close(file) }
        let count = unsafe read(file, &bytes, bytes.count)
        return String(decoding: bytes.prefix(max(0, count - 1)), as: UTF8.self)
    }

    @Test func `a thread that the kernel refuses is thrown`() {
        #expect(throws: SystemError(call: "pthread_create", code: EAGAIN)) {
            try Thread("large", stackSize: 1 << 46) {}
        }
    }
}

struct BlockingTests {
    /// Counts the waits that its threads tell of.
    private final class Pool: BlockingObserver {
        let waits = Mutex((begun: 0, ended: 0))

        func willBlock() { waits.withLock { $0.begun += 1 } }
        func didBlock() { waits.withLock { $0.ended += 1 } }

        var counts: [Int] { waits.withLock { [$0.begun, $0.ended] } }
    }

    @Test func `a pool learns of each wait of its threads once, also where waits are nested or throw`() throws {
        let pool = Pool()
        let seen = Mutex<[[Int]]>([])
        let note = { @Sendable () -> Void in seen.withLock { $0.append(pool.counts) } }
        try Thread("pool") {
            blocking { note() }
            Thread.joinPool(pool)
            blocking {
                note()
                blocking { note() }
            }
            note()
            try? blocking { throw CancellationError() }
            note()
        }
        .join()
        #expect(seen.withLock { $0 } == [[0, 0], [1, 0], [1, 0], [1, 1], [2, 2]])
        blocking { note() }
        #expect(pool.counts == [2, 2])
    }

    @Test func `a thread lets go of its pool when it ends`() throws {
        weak var pool: Pool?
        do {
            let joined = Pool()
            pool = joined
            try Thread("pool") { Thread.joinPool(joined) }.join()
        }
        #expect(pool == nil)
    }

    @Test func `the value and the error of the work come out`() {
        #expect(blocking { 7 } == 7)
        #expect(throws: CancellationError.self) { try blocking { throw CancellationError() } }
    }
}
