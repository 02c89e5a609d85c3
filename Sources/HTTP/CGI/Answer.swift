import Dispatch
import HTTPTypes

/// The outcome of handing a request to a handler: a response, or the need to wait for one without holding a thread.
public enum Answer: Sendable {
    /// The response.
    case response(Response)
    /// The response has to wait until something ends that another request has begun.
    case postponed(Postponement)

    /// Waits for the response on the calling thread if it is postponed.
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

/// A request that is resumed when it is told to, or at its deadline. It keeps the request and its body alive.
///
/// ```swift
/// Postponement(
///     deadline: wait.deadline, signal: { wait.whenDecided($0) },
///     resume: { answer(request, after: wait) }, conclude: { tooManyAttempts })
/// ```
public struct Postponement: Sendable {
    /// The latest moment at which to resume.
    public let deadline: ContinuousClock.Instant
    private let signal: @Sendable (@escaping @Sendable () -> Void) -> Void
    private let resumed: @Sendable () -> Answer
    private let concluded: @Sendable () -> Response

    /// Postpones a request.
    ///
    /// - Parameters:
    ///   - signal: runs its argument once, as soon as there is a reason to resume; at once if there is one already.
    ///   - resume: answers the request anew. Past the deadline it must not postpone it again.
    ///   - conclude: answers the request now, without waiting any longer.
    public init(
        deadline: ContinuousClock.Instant, signal: @escaping @Sendable (@escaping @Sendable () -> Void) -> Void,
        resume: @escaping @Sendable () -> Answer, conclude: @escaping @Sendable () -> Response
    ) {
        self.deadline = deadline
        self.signal = signal
        resumed = resume
        concluded = conclude
    }

    /// Calls `run` once, on any thread, as soon as there is a reason to resume; at once if there is one.
    public func whenReady(_ run: @escaping @Sendable () -> Void) { signal(run) }

    /// Answers the request anew, which may postpone it once more.
    public func resume() -> Answer { resumed() }

    /// Answers the request without a wait, for a server that has no room for another one that waits.
    public func conclude() -> Response { concluded() }

    /// Waits on the calling thread, then answers the request anew.
    fileprivate func resumeInTime() -> Answer {
        let ready = DispatchSemaphore(value: 0)
        whenReady { ready.signal() }
        let nanoseconds = ContinuousClock.now.duration(to: deadline) / .nanoseconds(1)
        _ = ready.wait(timeout: .now() + .nanoseconds(max(0, Int(nanoseconds))))
        return resume()
    }
}
