import Testing

@testable import FastCGI

struct ConnectionStateTests {
    typealias Event = ConnectionState.Event
    typealias Step = ConnectionState.Step

    /// The step for each state and event: the state and the action after it, `-` if the event is ignored, and `!`
    /// if it can't happen.
    private static let table = """
        event           accepted      probing          ready         partial
        taken           probing:probe -                probing:probe -
        dispatched      ready:wait    ready:wait       !             !
        foundNothing    !             ready:wait       !             ready:wait
        foundPart       !             partial:wait     !             -
        foundRequest    !             answering:answer !             ready:wait
        foundManagement !             probing:reply    !             ready:wait
        foundRemains    !             probing:discard  !             ready:wait
        foundFault      !             closed:close     !             closed:close
        foundEnd        !             closed:close     !             closed:close
        unreadable      !             !                !             !
        postponed       !             !                !             !
        delayed         !             !                !             !
        answered        !             !                !             !
        answeredEarly   !             !                !             !
        answeredLast    !             !                !             !
        due             -             -                -             -
        peerGone        -             -                -             -
        stalled         -             -                -             closed:close
        unwatched       -             -                closed:close  closed:close

        event           answering        parked           delayed          lingering    closed
        taken           -                -                -                -            -
        dispatched      !                !                !                !            !
        foundNothing    !                !                !                -            !
        foundPart       !                !                !                !            !
        foundRequest    !                !                !                !            !
        foundManagement !                !                !                !            !
        foundRemains    !                !                !                !            !
        foundFault      !                !                !                !            !
        foundEnd        !                !                !                closed:close !
        unreadable      closed:forget    !                !                !            !
        postponed       parked:hold      !                !                !            !
        delayed         delayed:hold     !                !                !            !
        answered        ready:wait       !                !                !            !
        answeredEarly   lingering:linger !                !                !            !
        answeredLast    closed:close     !                !                !            !
        due             -                answering:resume answering:finish -            -
        peerGone        -                closed:close     -                -            -
        stalled         -                -                -                closed:close -
        unwatched       -                -                -                closed:close -
        """

    private static let cells: [String: [String: String]] = {
        var cells: [String: [String: String]] = [:]
        var states: ArraySlice<String> = []
        for line in table.split(separator: "\n").map({ $0.split(separator: " ").map(String.init) }) {
            if line[0] == "event" {
                states = line.dropFirst()
            } else {
                for (state, cell) in zip(states, line.dropFirst()) { cells[line[0], default: [:]][state] = cell }
            }
        }
        return cells
    }()

    @Test(arguments: ConnectionState.allCases, Event.allCases)
    func `each event has the step of the table in each state`(state: ConnectionState, event: Event) throws {
        let cell = try #require(Self.cells["\(event)"]?["\(state)"])
        let step = state.step(on: event)
        switch cell {
        case "!": #expect(step == nil)
        case "-": #expect(step == Step(state, .ignore))
        default: #expect(step.map { "\($0.state):\($0.action)" } == cell)
        }
    }

    @Test func `the table has every pair once`() {
        #expect(Self.cells.count == Event.allCases.count)
        #expect(Self.cells.values.allSatisfy { $0.count == ConnectionState.allCases.count })
    }

    @Test(arguments: ConnectionState.allCases, Event.allCases)
    func `an action fits the state that it comes with`(state: ConnectionState, event: Event) {
        guard let step = state.step(on: event) else { return }
        switch step.action {
        case .ignore: #expect(step.state == state)
        case .wait, .hold, .linger: #expect(step.state.isWaiting)
        case .probe, .reply, .discard: #expect(step.state == .probing)
        case .answer, .resume, .finish: #expect(step.state == .answering)
        case .close, .forget: #expect(step.state == .closed)
        }
    }

    @Test func `each state is reached, leads to the end, and nothing leads on from there`() {
        func reached(from start: ConnectionState) -> Set<ConnectionState> {
            var (found, next): (Set<ConnectionState>, [ConnectionState]) = ([start], [start])
            while let state = next.popLast() {
                for step in Event.allCases.compactMap({ state.step(on: $0) }) where found.insert(step.state).inserted {
                    next.append(step.state)
                }
            }
            return found
        }
        #expect(reached(from: .accepted) == Set(ConnectionState.allCases))
        for state in ConnectionState.allCases { #expect(reached(from: state).contains(.closed), "\(state)") }
        #expect(reached(from: .closed) == [.closed])
    }

    @Test func `only those in the table are watched`() {
        for state in ConnectionState.allCases where state.isWatched { #expect(state.isWaiting, "\(state)") }
    }

    @Test func `an event that can't happen ends the process`() async {
        await #expect(processExitsWith: .failure) {
            var connection = Connection(7)
            connection.apply(.answered)
        }
    }

    @Test func `a connection has served none until its first request is answered`() {
        var connection = Connection(7)
        for event in [Event.taken, .foundManagement, .dispatched, .taken, .foundRequest] {
            connection.apply(event)
            let hasServedNone = connection.hasServedNone
            #expect(hasServedNone)
        }
        connection.apply(.answered)
        let (hasServedNone, state, action) = (connection.hasServedNone, connection.state, connection.action)
        #expect(!hasServedNone && state == .ready && action == .wait)
    }
}
