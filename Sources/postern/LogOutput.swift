import Dispatch
import Glibc
import Logging
import Synchronization
import System

/// Standard error as the log of a server, which its reader cannot stall.
///
/// A line is written by the thread that logs it as long as the descriptor takes it at once. Else it waits in a queue for
/// a thread that writes what is there. Where the queue is full, lines are lost and counted, and the log says so as soon
/// as it goes on. The descriptor itself stays as it is: other processes may share it, and what is set on it would hold
/// for them too.
final class LogOutput: Sendable {
    /// The most bytes in the queue: at some 150 bytes a line what a busy server logs in seconds.
    static let capacity = 1 << 20
    /// A write of no more is not mixed with those of other processes into a pipe (POSIX, PIPE_BUF), and fits where
    /// poll(2) says that there is room.
    private static let atomicSize = 4096
    private static let lineEnd = UInt8(ascii: "\n")

    private struct Queue {
        var bytes: [UInt8] = []
        /// Lines that were lost since the log last said so.
        var lost = 0
        var isFinishing = false
    }

    private let descriptor: Int32
    private let capacity: Int
    private let queue = Mutex(Queue())
    /// Held while somebody writes. Nobody but the thread waits for it.
    private let writing = Mutex(())
    private let available = DispatchSemaphore(value: 0)
    private let ended = DispatchSemaphore(value: 0)
    private let lost = Atomic(0)

    /// Starts the thread, which ends with `finish`.
    ///
    /// - Throws: `SystemError` where the kernel has no thread left.
    init(descriptor: Int32 = STDERR_FILENO, capacity: Int = LogOutput.capacity) throws(SystemError) {
        self.descriptor = descriptor
        self.capacity = capacity
        try Thread("log") { self.run() }.detach()
    }

    /// A handler that writes here, in the form of swift-log's own.
    func handler(label: String) -> StreamLogHandler { StreamLogHandler(label: label, stream: Stream(output: self)) }

    /// How many lines have been lost since the start.
    var linesLost: Int { lost.load(ordering: .relaxed) }

    /// Has what is in the queue written, waits for that, but not for long, and ends the thread.
    func finish() {
        queue.withLock { $0.isFinishing = true }
        available.signal()
        _ = ended.wait(timeout: .now() + 1)
    }

    /// Writes a line, with its end, or has it written.
    func write(_ line: String) {
        var line = line
        let isWritten = line.withUTF8 { bytes in
            writing.withLockIfAvailable { _ in unsafe writeAtOnce(bytes) } ?? false
        }
        if !isWritten { enqueue(line) }
    }

    /// Writes a line where nothing goes before it and the descriptor takes it without a wait.
    ///
    /// - Returns: whether nothing is left to be done for it.
    private func writeAtOnce(_ line: UnsafeBufferPointer<UInt8>) -> Bool {
        guard line.count <= Self.atomicSize, queue.withLock({ $0.bytes.isEmpty }) else { return false }
        var poll = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
        guard unsafe Glibc.poll(&poll, 1, 0) == 1, poll.revents == Int16(POLLOUT) else { return false }
        let count = unsafe Glibc.write(descriptor, line.baseAddress, line.count)
        guard count > 0 else { return false }
        if count < line.count {
            // It goes first, whatever has come in the meantime.
            let rest = unsafe Array(line[count...])
            queue.withLock { $0.bytes.insert(contentsOf: rest, at: 0) }
            available.signal()
        }
        return true
    }

    private func enqueue(_ line: String) {
        let isFirst = queue.withLock { queue in
            guard queue.bytes.count + line.utf8.count <= capacity else {
                queue.lost += 1
                lost.add(1, ordering: .relaxed)
                return false
            }
            defer { queue.bytes += line.utf8 }
            return queue.bytes.isEmpty
        }
        if isFirst { available.signal() }
    }

    private func run() {
        let logger = Logger(label: "postern") { self.handler(label: $0) }
        var isFinishing = false
        while !isFinishing {
            available.wait()
            let lost: Int
            (lost, isFinishing) = writeQueue()
            if lost > 0 {
                logger.warning("log lines were lost: nobody read the log", metadata: ["lines": "\(lost)"])
            }
        }
        _ = writeQueue()
        ended.signal()
    }

    /// Writes what is in the queue, and waits as long as the descriptor takes nothing.
    ///
    /// - Returns: how many lines were lost behind it, and whether this is to be the end.
    private func writeQueue() -> (lost: Int, isFinishing: Bool) {
        // From the queue's first byte on, or a line that is written at once could go before it.
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

    /// How many bytes are to be written at once: as many lines as stay together, at least one.
    private static func wholeLines(of bytes: ArraySlice<UInt8>) -> Int {
        let end = bytes.prefix(atomicSize).lastIndex(of: lineEnd) ?? bytes.firstIndex(of: lineEnd)
        return end.map { $0 - bytes.startIndex + 1 } ?? bytes.count
    }

    /// - Returns: how many bytes were written; 0 where none ever can be.
    private func write(_ bytes: ArraySlice<UInt8>) -> Int {
        while true {
            let count = unsafe bytes.withUnsafeBytes { unsafe Glibc.write(descriptor, $0.baseAddress, $0.count) }
            let code = errno
            if count >= 0 { return count }
            // Somebody who shares the descriptor has made it one that does not wait.
            guard code == EAGAIN || code == EINTR else { return 0 }
            var poll = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
            _ = unsafe Glibc.poll(&poll, 1, -1)
        }
    }

    private struct Stream: TextOutputStream {
        let output: LogOutput

        mutating func write(_ string: String) { output.write(string) }
    }
}
