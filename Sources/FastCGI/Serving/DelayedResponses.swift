import HTTP
import Synchronization
import System

/// A request that has been read, and whose response is not to go out yet. Its connection waits in the table meanwhile.
final class DelayedResponse: Sendable {
    /// The step that follows when its time has come.
    enum Next: Sendable {
        /// Send the response, which lies written in the request's buffer, to its end.
        case finish
        /// Answer the request anew: something that other requests have under way stood in its way.
        case resume(Postponement, MetaVariables)

        fileprivate var isResumption: Bool {
            if case .resume = self { true } else { false }
        }
    }

    let descriptor: Int32
    let due: ContinuousClock.Instant
    let next: Next
    let request: Mutex<FCGXRequest>

    init(
        _ request: consuming FCGXRequest, on descriptor: Int32, due: ContinuousClock.Instant, next: Next = .finish
    ) {
        self.request = Mutex(request)
        self.descriptor = descriptor
        self.due = due
        self.next = next
    }
}

/// The responses whose time has not come. No thread waits with them, so they hold up nobody but their own clients.
///
/// ```swift
/// delayed.hold(DelayedResponse(request, on: descriptor, due: .now + .milliseconds(100)))
/// // Once the workers' poller reports `delayed.number`:
/// while let response = delayed.takeDue() { … }
/// ```
final class DelayedResponses: Sendable {
    /// The most of each kind: each has a connection of the web server and 17 KiB of libfcgi's buffers.
    private static let limit = 128
    /// The most beyond these whose time would tell something: they are no more than the hashes that some dozens of
    /// processors compute in the seconds for which they wait.
    private static let urgentLimit = 1024

    private struct Entry {
        let response: DelayedResponse
        var due: ContinuousClock.Instant
    }

    private let poller: Poller
    /// Readable when the first of them is due.
    private let timer: Timer
    /// In the order in which they are due.
    private let entries = Mutex<[Entry]>([])

    /// - Parameter poller: the poller of the threads that are to take those that are due.
    init(poller: Poller) throws(SystemError) {
        self.poller = poller
        timer = try Timer()
        // Now, since there may be no memory for it when it is needed.
        try poller.arm(timer.number, for: .once)
    }

    /// The descriptor of the timer.
    var number: Int32 { timer.number }

    /// The number of responses.
    var count: Int { entries.withLock { $0.count } }

    /// Tells whether the next one that is written can be held; else it had better go out at once.
    ///
    /// - Parameter isUrgent: whether its time would tell something.
    func hasRoom(isUrgent: Bool) -> Bool {
        let limit = Self.limit + (isUrgent ? Self.urgentLimit : 0)
        return entries.withLock { $0.count { !$0.response.next.isResumption } < limit }
    }

    /// True if so many wait to be answered anew that the next one had better be answered now.
    var isFullOfResumptions: Bool { entries.withLock { $0.count { $0.response.next.isResumption } >= Self.limit } }

    /// Holds a response until it is due.
    func hold(_ response: DelayedResponse) {
        entries.withLock { insert(Entry(response: response, due: response.due), into: &$0) }
    }

    /// Makes a response due now, if it is still held.
    func hasten(_ response: DelayedResponse) {
        entries.withLock { entries in
            guard let index = entries.firstIndex(where: { $0.response === response }) else { return }
            entries.remove(at: index)
            insert(Entry(response: response, due: .now), into: &entries)
        }
    }

    /// Drops the response on a connection.
    ///
    /// - Returns: whether there was one.
    func drop(on descriptor: Int32) -> Bool {
        let dropped = entries.withLock { entries in
            entries.firstIndex { $0.response.descriptor == descriptor }.map { entries.remove(at: $0) }
        }
        return dropped != nil
    }

    /// Takes one that is due. The next is for whichever worker comes first: a peer that does not read may keep this one
    /// for long.
    func takeDue() -> DelayedResponse? {
        entries.withLock { entries in
            let isDue = entries.first.map { $0.due <= .now } ?? false
            let response = isDue ? entries.removeFirst().response : nil
            if let next = entries.first { watch(next) }
            return response
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
        // It is in the poller since the beginning, so this needs no memory.
        try? poller.arm(timer.number, for: .once)
    }
}
