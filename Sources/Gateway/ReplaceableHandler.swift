import Synchronization

/// A handler in whose place another can be put while requests are being answered. A request that has begun is answered
/// by the one with which it began.
public final class ReplaceableHandler: Handler {
    private let current: Mutex<any Handler>

    /// Begins with a handler.
    public init(_ handler: some Handler) {
        current = Mutex(handler)
    }

    /// Puts another in its place.
    public func replace(with handler: some Handler) {
        current.withLock { $0 = handler }
    }

    public func respond(to request: Request) -> Response {
        current.withLock { $0 }.respond(to: request)
    }

    public func respond(to fault: MalformedRequest, in variables: MetaVariables) -> Response {
        current.withLock { $0 }.respond(to: fault, in: variables)
    }
}
