import HTTPTypes
import Synchronization

/// A handler in whose place another can be put while requests are being answered. A request that has begun is answered
/// by the one with which it began.
public final class ReplaceableHandler: Handler {
    /// One of several places with the same in them, so that threads do not queue at one lock at each request.
    private final class Copy: Sendable {
        let handler: Mutex<any Handler>
        init(_ handler: some Handler) { self.handler = Mutex(handler) }
    }

    private let copies: [Copy]

    private var current: any Handler {
        for copy in copies {
            if let handler = copy.handler.withLockIfAvailable({ $0 }) { return handler }
        }
        return copies[0].handler.withLock { $0 }
    }

    /// Begins with a handler.
    public init(_ handler: some Handler) {
        copies = (0..<4).map { _ in Copy(handler) }
    }

    /// Puts another in its place. Requests that come after the return are answered by it.
    public func replace(with handler: some Handler) {
        // All under the first one's lock, so that two who replace it leave the same everywhere.
        copies[0].handler.withLock { first in
            first = handler
            for copy in copies.dropFirst() { copy.handler.withLock { $0 = handler } }
        }
    }

    public func respond(to request: Request) -> Response {
        current.respond(to: request)
    }

    public func answer(_ request: Request) -> Answer {
        current.answer(request)
    }

    public func respond(to fault: MalformedRequest, in variables: MetaVariables) -> Response {
        current.respond(to: fault, in: variables)
    }
}
