import Synchronization

/// The undecided attempts of this process, and those that wait for them.
///
/// An attempt counts from its beginning, so that parallel guesses can't beat the counters, and is given back if it succeeds.
/// So of many simultaneous logins with the right password some find the counters full of attempts that will not count. They
/// wait until one of these ends, and are then decided again.
final class AttemptsUnderWay: Sendable {
    /// The maximum wait of an attempt: longer than a hash takes, and shorter than people wait.
    static let patience = Duration.seconds(2)
    /// The maximum number that wait for one account and address: more than a browser or program sends at once.
    static let places = 8

    /// The outcome of asking for a place.
    enum Outcome {
        case place(AttemptWait)
        /// An attempt has ended since the counters were read.
        case decideAnew
        /// No attempt under way could make a difference, no place is left, or the time is over.
        case refused
    }

    private struct State {
        var underWay: [ThrottleKey: Int] = [:]
        var waiting: [AttemptWait.Signal] = []
        var ends = 0
    }

    private let state = Mutex(State())

    /// The number of attempts that have ended, to be read before the counters.
    var ends: Int { state.withLock { $0.ends } }

    /// Notes an attempt, before others can see it counted.
    func begin(_ keys: some Sequence<ThrottleKey>) {
        state.withLock { state in for key in keys { state.underWay[key, default: 0] += 1 } }
    }

    /// Ends an attempt whose counters are up to date, and resumes the attempts that waited for it.
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

    /// Gives a place to a refused attempt that may pass once those under way have ended.
    ///
    /// - Parameters:
    ///   - subject: the counter for which at most `places` attempts wait.
    ///   - keys: the counters that refused the attempt.
    ///   - present: the place it already has.
    ///   - seen: the value of `ends` before the counters were read.
    ///   - lets: whether a counter would let it through if this many attempts under way succeeded.
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

/// The place of an attempt that waits for others. It is freed on release.
///
///     wait.whenDecided { loop.resume(request) }
public final class AttemptWait: Sendable, Equatable {
    /// A signal that an attempt has ended.
    fileprivate final class Signal: Sendable {
        private struct State {
            var isRaised = false
            var run: (@Sendable () -> Void)?
        }

        let subject: ThrottleKey
        /// The counters that refused the attempt.
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

    /// The latest time of its decision.
    public let deadline: ContinuousClock.Instant
    fileprivate let signal: Signal
    private let attempts: AttemptsUnderWay

    fileprivate init(_ signal: Signal, among attempts: AttemptsUnderWay, deadline: ContinuousClock.Instant) {
        self.signal = signal
        self.attempts = attempts
        self.deadline = deadline
    }

    deinit { leave() }

    /// Calls `run` once when an attempt that stood in the way ends, or now if one has ended.
    public func whenDecided(_ run: @escaping @Sendable () -> Void) { signal.whenRaised(run) }

    /// Frees the place for others.
    func leave() { attempts.remove(signal) }

    public static func == (one: AttemptWait, other: AttemptWait) -> Bool { one === other }
}

/// The willingness of a caller to have an attempt wait for others to be decided.
public enum AttemptPatience: Sendable, Equatable {
    /// The attempt is decided at once.
    case none
    /// The attempt waits if it must.
    case some
    /// The attempt has waited in this place.
    case waiting(AttemptWait)

    /// The attempt's place.
    var place: AttemptWait? {
        if case .waiting(let place) = self { place } else { nil }
    }
}
