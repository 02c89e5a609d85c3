/// A connection in the hand of one thread. It can't be copied, so the compiler sees to it that whoever hands it on has
/// it no longer.
///
/// ```swift
/// guard var connection = connections.take(descriptor, on: .taken) else { return }
/// connection.apply(probe.look(at: connection.descriptor).event(isLast: false))
/// if connection.action == .wait { connections.put(connection) }
/// ```
struct Connection: ~Copyable {
    let descriptor: Int32
    private(set) var state: ConnectionState
    /// The owner's duty after the last step.
    private(set) var action = ConnectionState.Action.ignore
    /// True if no request on it has been answered yet: then no web server can count on its being kept.
    private(set) var hasServedNone: Bool

    init(_ descriptor: Int32, state: ConnectionState = .accepted, hasServedNone: Bool = true) {
        (self.descriptor, self.state, self.hasServedNone) = (descriptor, state, hasServedNone)
    }

    /// Takes the step that an event leads to. An event that can't happen in the present state ends the process.
    mutating func apply(_ event: ConnectionState.Event) {
        guard let step = state.step(on: event) else {
            preconditionFailure("the event \(event) can't happen to a connection that is \(state)")
        }
        if state == .answering { hasServedNone = false }
        (state, action) = (step.state, step.action)
    }
}
