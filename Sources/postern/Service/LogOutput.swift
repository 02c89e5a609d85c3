import Dispatch
import Glibc
import Logging
import Synchronization
import System

/// Standard error as the log of a server. A reader that hangs does not stall the server.
///
/// The thread that logs a line writes it, as long as the descriptor takes it at once. Otherwise the line joins a queue,
/// which a thread of its own writes. When the queue is full, lines are dropped and counted, and the log says so once it
/// continues. The descriptor keeps its flags, since other processes may share it: O_NONBLOCK would hold for them too.
///
/// ```swift
/// let log = try LogOutput(LogFormat(.text, environment))
/// defer { log.finish() }
/// let logger = Logger(label: "postern") { _ in log.handler }
/// ```
final class LogOutput: Sendable {
    /// The most bytes in the queue: with lines of some 150 bytes, a few seconds of a busy server's log.
    static let capacity = 1 << 20
    /// PIPE_BUF: a write of at most as many bytes is not mixed with writes of other processes to the pipe (POSIX), and
    /// does not block when poll(2) reports room.
    private static let atomicSize = 4096
    private static let lineEnd = UInt8(ascii: "\n")

    private struct Queue {
        var bytes: [UInt8] = []
        /// Lines dropped since the log last said so.
        var lost = 0
        var isFinishing = false
    }

    private let format: LogFormat
    private let descriptor: Int32
    private let capacity: Int
    private let queue = Mutex(Queue())
    /// Held during a write to the descriptor. Only the log's thread waits for it; other threads try, and queue the
    /// line.
    private let writing = Mutex(())
    private let available = DispatchSemaphore(value: 0)
    private let ended = DispatchSemaphore(value: 0)
    private let lost = Atomic(0)

    /// Starts the thread, which ends with `finish`.
    ///
    /// - Throws: `SystemError` if the kernel has no thread left.
    init(
        _ format: LogFormat, descriptor: Int32 = STDERR_FILENO, capacity: Int = LogOutput.capacity
    ) throws(SystemError) {
        self.format = format
        self.descriptor = descriptor
        self.capacity = capacity
        try Thread("log") { self.run() }.detach()
    }

    /// A handler that writes here.
    var handler: LineLogHandler { LineLogHandler(format) { self.write($0) } }

    /// The number of lines dropped since the start.
    var linesLost: Int { lost.load(ordering: .relaxed) }

    /// Ends the thread once it has written the queue; waits for it for a second at most.
    func finish() {
        queue.withLock { $0.isFinishing = true }
        available.signal()
        _ = ended.wait(timeout: .now() + 1)
    }

    /// Writes a line, with its line end, or queues it.
    func write(_ line: [UInt8]) {
        let isWritten = writing.withLockIfAvailable { _ in writeAtOnce(line) } ?? false
        if !isWritten { enqueue(line) }
    }

    /// Writes a line if the queue is empty and the descriptor takes it without blocking.
    ///
    /// - Returns: whether the line is taken care of.
    private func writeAtOnce(_ line: [UInt8]) -> Bool {
        guard line.count <= Self.atomicSize, queue.withLock({ $0.bytes.isEmpty }) else { return false }
        var poll = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
        guard unsafe Glibc.poll(&poll, 1, 0) == 1, poll.revents == Int16(POLLOUT) else { return false }
        let count = unsafe Glibc.write(descriptor, line, line.count)
        guard count > 0 else { return false }
        if count < line.count {
            // Before any line that was queued meanwhile.
            let rest = Array(line[count...])
            queue.withLock { $0.bytes.insert(contentsOf: rest, at: 0) }
            available.signal()
        }
        return true
    }

    private func enqueue(_ line: [UInt8]) {
        let isFirst = queue.withLock { queue in
            guard queue.bytes.count + line.count <= capacity else {
                queue.lost += 1
                lost.add(1, ordering: .relaxed)
                return false
            }
            defer { queue.bytes += line }
            return queue.bytes.isEmpty
        }
        if isFirst { available.signal() }
    }

    private func run() {
        let logger = Logger(label: "postern") { _ in self.handler }
        var isFinishing = false
        while !isFinishing {
            available.wait()
            let lost: Int
            (lost, isFinishing) = writeQueue()
            if lost > 0 {
                logger.warning("log lines were dropped: the log was not read in time", metadata: ["lines": "\(lost)"])
            }
        }
        _ = writeQueue()
        ended.signal()
    }

    /// Writes the queue, and blocks while the descriptor takes nothing.
    ///
    /// - Returns: the number of lines dropped after it, and whether the thread is to end.
    private func writeQueue() -> (lost: Int, isFinishing: Bool) {
        // Held from before the queue is taken, or another thread would find it empty and write a later line first.
        writing.withLock { _ in
            let taken = queue.withLock { queue in
                defer { (queue.bytes, queue.lost) = ([], 0) }
                return queue
            }
            var rest = taken.bytes[...]
            while !rest.isEmpty {
                let written = write(rest.prefix(Self.wholeLines(of: rest)))
                if written == 0 {
                    lost.add(rest.count { $0 == Self.lineEnd }, ordering: .relaxed)
                    break
                }
                rest = rest.dropFirst(written)
            }
            return (taken.lost, taken.isFinishing)
        }
    }

    /// The number of bytes to write at once: as many lines as fit into an atomic write, and at least one.
    private static func wholeLines(of bytes: ArraySlice<UInt8>) -> Int {
        let end = bytes.prefix(atomicSize).lastIndex(of: lineEnd) ?? bytes.firstIndex(of: lineEnd)
        return end.map { $0 - bytes.startIndex + 1 } ?? bytes.count
    }

    /// - Returns: the number of bytes written; 0 if the descriptor is broken.
    private func write(_ bytes: ArraySlice<UInt8>) -> Int {
        while true {
            let count = unsafe bytes.withUnsafeBytes { unsafe Glibc.write(descriptor, $0.baseAddress, $0.count) }
            let code = errno
            if count >= 0 { return count }
            // EAGAIN: another process that shares the descriptor has set O_NONBLOCK.
            guard code == EAGAIN || code == EINTR else { return 0 }
            var poll = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
            _ = unsafe Glibc.poll(&poll, 1, -1)
        }
    }
}
