import Synchronization

/// The attempts of this process that were let through and have not been decided, and those that wait for them.
///
/// An attempt counts from its beginning, so that guesses in parallel can't beat the counters, and is taken back when it
/// succeeds. So of many right passwords at once some find the counters full of attempts that will turn out to be none
/// that count. These wait until one of those ends, and are then decided anew.
final class AttemptsUnderWay: Sendable {
    /// How long an attempt waits in all: longer than a hash takes, and less than people do.
    static let patience = Duration.seconds(2)
    /// How many wait for one account and address: a browser or a program that logs in as somebody sends no more.
    static let places = 8

    /// The outcome of asking for a place.
    enum Outcome {
        case place(AttemptWait)
        /// One has ended since the counters were read.
        case decideAnew
        /// No attempt under way could make a difference, there is no place left, or the time is over.
        case refused
    }

    private struct State {
        var underWay: [ThrottleKey: Int] = [:]
        var waiting: [AttemptWait.Signal] = []
        var ends = 0
    }

    private let state = Mutex(State())

    /// How many attempts have ended. To be read before the counters are.
    var ends: Int { state.withLock { $0.ends } }

    /// Notes an attempt, before anybody can see that it was counted.
    func begin(_ keys: some Sequence<ThrottleKey>) {
        state.withLock { state in for key in keys { state.underWay[key, default: 0] += 1 } }
    }

    /// Notes that an attempt has been decided, and its counters say so, and has those decided anew that waited for it.
    func end(_ keys: some Collection<ThrottleKey>) {
        guard !keys.isEmpty else { return }
        let woken = state.withLock { state in
            state.ends += 1
            for key in keys {
                let left = (state.underWay[key] ?? 0) - 1
                state.underWay[key] = left > 0 ? left : nil
            }
            return state.waiting.filter { !$0.keys.withLock { $0 }.isDisjoint(with: keys) }
        }
        for signal in woken { signal.raise() }
    }

    /// Gives an attempt that was refused a place, where those under way may be all that stands in its way.
    ///
    /// - Parameters:
    ///   - subject: the counter for which so few may wait.
    ///   - keys: the counters that refused it.
    ///   - present: the place that it has already.
    ///   - seen: how many attempts had ended before the counters were read.
    ///   - lets: whether a counter would let it through if as many attempts as are under way ended well.
    func place(
        for subject: ThrottleKey, among keys: Set<ThrottleKey>, present: AttemptWait?, seen: Int,
        _ lets: (ThrottleKey, Int) -> Bool
    ) -> Outcome {
        state.withLock { state in
            let isHopeful = keys.allSatisfy { key in state.underWay[key].map { lets(key, $0) } ?? false }
            guard isHopeful else { return state.ends == seen ? .refused : .decideAnew }
            if let present {
                guard ContinuousClock.now < present.deadline else { return .refused }
                present.signal.lower(keys: keys)
                return .place(present)
            }
            guard state.waiting.count(where: { $0.subject == subject }) < Self.places else { return .refused }
            let signal = AttemptWait.Signal(subject, keys: keys)
            state.waiting.append(signal)
            return .place(AttemptWait(signal, among: self, deadline: .now + Self.patience))
        }
    }

    fileprivate func remove(_ signal: AttemptWait.Signal) {
        state.withLock { $0.waiting.removeAll { $0 === signal } }
    }
}

/// The place of an attempt among those that wait for others. It is free again when this goes away.
public final class AttemptWait: Sendable, Equatable {
    /// Tells that an attempt has ended.
    fileprivate final class Signal: Sendable {
        private struct State {
            var isRaised = false
            var run: (@Sendable () -> Void)?
        }

        let subject: ThrottleKey
        /// The counters that stand in the way.
        let keys: Mutex<Set<ThrottleKey>>
        private let state = Mutex(State())

        init(_ subject: ThrottleKey, keys: Set<ThrottleKey>) {
            self.subject = subject
            self.keys = Mutex(keys)
        }

        func raise() {
            let run = state.withLock { state in
                defer { state = State(isRaised: true) }
                return state.run
            }
            run?()
        }

        func lower(keys: Set<ThrottleKey>) {
            self.keys.withLock { $0 = keys }
            state.withLock { $0 = State() }
        }

        func whenRaised(_ run: @escaping @Sendable () -> Void) {
            let isRaised = state.withLock { state in
                if !state.isRaised { state.run = run }
                return state.isRaised
            }
            if isRaised { run() }
        }
    }

    /// When the attempt is decided at the latest.
    public let deadline: ContinuousClock.Instant
    fileprivate let signal: Signal
    private let attempts: AttemptsUnderWay

    fileprivate init(_ signal: Signal, among attempts: AttemptsUnderWay, deadline: ContinuousClock.Instant) {
        self.signal = signal
        self.attempts = attempts
        self.deadline = deadline
    }

    deinit { leave() }

    /// Has `run` called once, when an attempt that stood in the way has ended; at once where one has already.
    public func whenDecided(_ run: @escaping @Sendable () -> Void) { signal.whenRaised(run) }

    /// Frees the place for others.
    func leave() { attempts.remove(signal) }

    public static func == (one: AttemptWait, other: AttemptWait) -> Bool { one === other }
}

/// Whether an attempt may wait for others to be decided.
public enum AttemptPatience: Sendable, Equatable {
    /// It is decided at once.
    case none
    /// It waits where it has to.
    case some
    /// It has waited already, in this place.
    case waiting(AttemptWait)

    /// The place that it has.
    var place: AttemptWait? {
        if case .waiting(let place) = self { place } else { nil }
    }
}
