import Glibc
import Synchronization

/// A request whose answer lies written in its buffer, on a connection that waits for it.
final class HeldAnswer: Sendable {
    let connection: Int32
    let due: ContinuousClock.Instant
    let request: Mutex<LibraryRequest>

    init(_ request: consuming LibraryRequest, on connection: Int32, due: ContinuousClock.Instant) {
        self.request = Mutex(request)
        self.connection = connection
        self.due = due
    }
}

/// Answers whose time has not come. No thread waits with them, so that they hold up nobody but who is to get them.
final class HeldAnswers: Sendable {
    /// How many are enough: each has a connection of the web server and 17 KiB of libfcgi's buffers.
    private static let limit = 128
    /// How many more there may be of those whose time would tell something: they are no more than hashes are computed in
    /// the seconds for which they wait, on some dozens of processors.
    private static let urgentLimit = 1024

    private let poller: Poller
    /// Readable when the first of them is due.
    private let timer: Timer
    /// The first one due comes first.
    private let answers = Mutex<[HeldAnswer]>([])

    /// - Parameter poller: whose waiter is to take those that are due when the timer is readable.
    init(poller: Poller) throws(ServerError) {
        self.poller = poller
        timer = try Timer()
        // Now, since there may be no memory for it when it is needed.
        guard poller.arm(timer.number, for: .once) else { throw .resources(code: errno) }
    }

    /// The descriptor of the timer.
    var number: Int32 { timer.number }

    /// How many there are.
    var count: Int { answers.withLock { $0.count } }

    /// Whether the next one can be held; else it had better go out at once.
    ///
    /// - Parameter isUrgent: whether its time would tell something.
    func hasRoom(isUrgent: Bool) -> Bool { count < Self.limit + (isUrgent ? Self.urgentLimit : 0) }

    /// Holds an answer until it is due.
    func hold(_ answer: HeldAnswer) {
        answers.withLock { answers in
            let index = answers.lastIndex { $0.due <= answer.due }.map { $0 + 1 } ?? 0
            answers.insert(answer, at: index)
            if index == 0 { watch(answer) }
        }
    }

    /// Takes one that is due. The rest is for whoever comes first: a peer that does not read may keep this one long.
    func takeDue() -> HeldAnswer? {
        answers.withLock { answers in
            let isDue = answers.first.map { $0.due <= .now } ?? false
            let answer = isDue ? answers.removeFirst() : nil
            if let next = answers.first { watch(next) }
            return answer
        }
    }

    private func watch(_ answer: HeldAnswer) {
        let time = ContinuousClock.now.duration(to: answer.due) / .milliseconds(1)
        timer.start(milliseconds: max(1, Int(time.rounded(.up))))
        _ = poller.arm(timer.number, for: .once)
    }
}
