import Gateway
import Synchronization
import System

/// A request that has been read, on a connection that waits for its answer.
final class HeldAnswer: Sendable {
    /// The step that follows when its time has come.
    enum Next: Sendable {
        /// To be ended: its answer lies written in its buffer.
        case end
        /// To be answered anew: it waits for something that other requests have under way.
        case resume(Postponement, MetaVariables)

        fileprivate var isResumption: Bool {
            if case .resume = self { true } else { false }
        }
    }

    let connection: Int32
    let due: ContinuousClock.Instant
    let next: Next
    let request: Mutex<LibraryRequest>

    init(
        _ request: consuming LibraryRequest, on connection: Int32, due: ContinuousClock.Instant, next: Next = .end
    ) {
        self.request = Mutex(request)
        self.connection = connection
        self.due = due
        self.next = next
    }
}

/// Answers whose time has not come. No thread waits with them, so that they hold up nobody but who is to get them.
final class HeldAnswers: Sendable {
    /// How many of each kind are enough: each has a connection of the web server and 17 KiB of libfcgi's buffers.
    private static let limit = 128
    /// How many more there may be of those whose time would tell something: they are no more than hashes are computed in
    /// the seconds for which they wait, on some dozens of processors.
    private static let urgentLimit = 1024

    private struct Entry {
        let answer: HeldAnswer
        var due: ContinuousClock.Instant
    }

    private let poller: Poller
    /// Readable when the first of them is due.
    private let timer: Timer
    /// The first one due comes first.
    private let entries = Mutex<[Entry]>([])

    /// - Parameter poller: whose waiter is to take those that are due when the timer is readable.
    init(poller: Poller) throws(ServerError) {
        self.poller = poller
        let timer = try requiring { () throws(SystemError) in try Timer() }
        self.timer = timer
        // Now, since there may be no memory for it when it is needed.
        try requiring { () throws(SystemError) in try poller.arm(timer.number, for: .once) }
    }

    /// The descriptor of the timer.
    var number: Int32 { timer.number }

    /// How many there are.
    var count: Int { entries.withLock { $0.count } }

    /// Whether the next one that is written can be held; else it had better go out at once.
    ///
    /// - Parameter isUrgent: whether its time would tell something.
    func hasRoom(isUrgent: Bool) -> Bool {
        let limit = Self.limit + (isUrgent ? Self.urgentLimit : 0)
        return entries.withLock { $0.count { !$0.answer.next.isResumption } < limit }
    }

    /// Whether there are enough that wait to be answered anew, so that the next one had better be answered now.
    var isFullOfResumptions: Bool { entries.withLock { $0.count { $0.answer.next.isResumption } >= Self.limit } }

    /// Holds an answer until it is due.
    func hold(_ answer: HeldAnswer) {
        entries.withLock { insert(Entry(answer: answer, due: answer.due), into: &$0) }
    }

    /// Makes an answer due now, if it is still held.
    func hasten(_ answer: HeldAnswer) {
        entries.withLock { entries in
            guard let index = entries.firstIndex(where: { $0.answer === answer }) else { return }
            entries.remove(at: index)
            insert(Entry(answer: answer, due: .now), into: &entries)
        }
    }

    /// Drops the answer on a connection.
    ///
    /// - Returns: whether there was one.
    func drop(on connection: Int32) -> Bool {
        let dropped = entries.withLock { entries in
            entries.firstIndex { $0.answer.connection == connection }.map { entries.remove(at: $0) }
        }
        return dropped != nil
    }

    /// Takes one that is due. The rest is for whoever comes first: a peer that does not read may keep this one long.
    func takeDue() -> HeldAnswer? {
        entries.withLock { entries in
            let isDue = entries.first.map { $0.due <= .now } ?? false
            let answer = isDue ? entries.removeFirst().answer : nil
            if let next = entries.first { watch(next) }
            return answer
        }
    }

    private func insert(_ entry: Entry, into entries: inout [Entry]) {
        let index = entries.lastIndex { $0.due <= entry.due }.map { $0 + 1 } ?? 0
        entries.insert(entry, at: index)
        if index == 0 { watch(entry) }
    }

    private func watch(_ entry: Entry) {
        let time = ContinuousClock.now.duration(to: entry.due) / .milliseconds(1)
        timer.start(milliseconds: max(1, Int(time.rounded(.up))))
        try? poller.arm(timer.number, for: .once)
    }
}
