import Synchronization

/// A comparison of the wall clock with the host's uptime, so that a clock that is wrong for a while deletes nothing.
final class ClockWatch: Sendable {
    /// The seconds by which the clock may be set without a jump.
    static let tolerance: Int64 = 300
    /// The seconds for which the clock must keep its time to be trusted fully: a day.
    static let probation: Int64 = 86400

    /// The degree to which the clock can be trusted.
    struct Trust: Equatable {
        /// True if it jumped ahead within the last day and has not been set back.
        var jumpedAhead: Bool
        /// True if it has kept its time for a day while this process ran.
        var isProven: Bool
    }

    /// A relation of wall clock and uptime.
    private struct Course {
        /// The wall clock's seconds at uptime 0.
        let start: Int64
        /// The uptime at which it was first seen.
        let since: Int64
    }

    private struct State {
        /// The first course, or the one accepted since.
        var accepted: Course
        /// A course ahead of the accepted one, on probation.
        var ahead: Course?
    }

    private let clock: WallClock
    private let state: Mutex<State>

    init(_ clock: WallClock) {
        self.clock = clock
        let uptime = clock.uptime().components.seconds
        state = Mutex(State(accepted: Course(start: clock.now().secondsSince1970 - uptime, since: uptime)))
    }

    /// Compares the clocks.
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
