import Dispatch
import HTTPTypes

/// The outcome of handing a request to a handler: a response, or the need to wait for one without holding a thread.
public enum Answer: Sendable {
    /// The response.
    case response(Response)
    /// Something has to end first that other requests have under way.
    case postponed(Postponement)

    /// The response. Where it is postponed, the calling thread waits for it.
    public func response() -> Response {
        var answer = self
        while true {
            switch answer {
            case .response(let response): return response
            case .postponed(let postponement): answer = postponement.resumeInTime()
            }
        }
    }
}

/// A request that is to be taken up again: when it is told to, or at its deadline.
///
/// It keeps the request, with its body, until it goes away.
public struct Postponement: Sendable {
    /// When to resume at the latest.
    public let deadline: ContinuousClock.Instant
    private let signal: @Sendable (@escaping @Sendable () -> Void) -> Void
    private let resumed: @Sendable () -> Answer
    private let concluded: @Sendable () -> Response

    /// Makes one from its parts.
    ///
    /// - Parameters:
    ///   - signal: has something run once, as soon as there is a reason to resume; at once where there is one already.
    ///   - resume: answers the request anew; past the deadline it does not postpone it again.
    ///   - conclude: answers it now, whatever stands in its way.
    public init(
        deadline: ContinuousClock.Instant, signal: @escaping @Sendable (@escaping @Sendable () -> Void) -> Void,
        resume: @escaping @Sendable () -> Answer, conclude: @escaping @Sendable () -> Response
    ) {
        self.deadline = deadline
        self.signal = signal
        resumed = resume
        concluded = conclude
    }

    /// Has `run` called once, on any thread, as soon as there is a reason to resume; at once where there is one.
    public func whenReady(_ run: @escaping @Sendable () -> Void) { signal(run) }

    /// Answers the request anew, which may postpone it once more.
    public func resume() -> Answer { resumed() }

    /// Answers the request without a wait: for a gateway that has no room for those that wait.
    public func conclude() -> Response { concluded() }

    /// Waits on the calling thread, and then answers the request anew.
    fileprivate func resumeInTime() -> Answer {
        let ready = DispatchSemaphore(value: 0)
        whenReady { ready.signal() }
        let nanoseconds = ContinuousClock.now.duration(to: deadline) / .nanoseconds(1)
        _ = ready.wait(timeout: .now() + .nanoseconds(max(0, Int(nanoseconds))))
        return resume()
    }
}
