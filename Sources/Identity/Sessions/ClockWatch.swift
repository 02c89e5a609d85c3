import Synchronization

/// Looks whether the wall clock goes as the host's uptime does, so that a clock that is wrong for a while deletes nothing.
final class ClockWatch: Sendable {
    /// By how much the clock may be set without being a jump, in seconds.
    static let tolerance: Int64 = 300
    /// How long the clock must have kept its time to be trusted in all, in seconds: a day.
    static let probation: Int64 = 86400

    /// How far the clock can be trusted.
    struct Trust: Equatable {
        /// Whether it jumped ahead within the last day, and was not set back since.
        var jumpedAhead: Bool
        /// Whether it has kept its time for a day of this process.
        var isProven: Bool
    }

    /// A relation of clock and uptime.
    private struct Course {
        /// The clock's time when the uptime was 0.
        let start: Int64
        /// The uptime at which it was seen first.
        let since: Int64
    }

    private struct State {
        /// The course that was seen first, or has been accepted since.
        var accepted: Course
        /// One that lies ahead.
        var ahead: Course?
    }

    private let clock: WallClock
    private let state: Mutex<State>

    init(_ clock: WallClock) {
        self.clock = clock
        let uptime = clock.uptime().components.seconds
        state = Mutex(State(accepted: Course(start: clock.now().secondsSince1970 - uptime, since: uptime)))
    }

    /// Looks at the clock.
    func look() -> Trust {
        let uptime = clock.uptime().components.seconds
        let start = clock.now().secondsSince1970 - uptime
        return state.withLock { state in
            switch start - state.accepted.start {
            case ..<(-Self.tolerance): state = State(accepted: Course(start: start, since: uptime))
            case ...Self.tolerance: state.ahead = nil
            default:
                let known = state.ahead.flatMap { abs(start - $0.start) <= Self.tolerance ? $0 : nil }
                let ahead = known ?? Course(start: start, since: uptime)
                guard uptime - ahead.since >= Self.probation else {
                    state.ahead = ahead
                    return Trust(jumpedAhead: true, isProven: false)
                }
                state = State(accepted: ahead)
            }
            return Trust(jumpedAhead: false, isProven: uptime - state.accepted.since >= Self.probation)
        }
    }
}
