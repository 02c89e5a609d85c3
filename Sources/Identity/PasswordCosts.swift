import Cryptography
import Glibc
import Synchronization

/// How long checks of passwords take here, so that a failed one tells not by its time which hash it was checked against.
///
/// Hashes of other schemes than are used now differ in cost. What is cheaper gets the difference in work
/// (`fill(since:)`), so that it holds a processor for as long; and where there are such hashes at all, failures are
/// answered so long after the check began as the dearest of them needs (`floor`), whichever it was. The first holds where
/// a flood leaves no room for answers that wait, the second to the millisecond.
final class PasswordCosts: Sendable {
    /// The most that `floor` may be: what an import accepts may take seconds, and no answer shall take longer.
    static let highestFloor = Duration.seconds(5)
    /// How far above the processor's time of the dearest check `floor` is at least: checks take more time by the clock when
    /// others run beside them, which share processors, caches and memory.
    static let margin = 1.5
    /// How much of the usual value a new one makes, once there were fifty: one that was held up shall not change it.
    static let weight = 0.02
    /// How much dearer than estimated a scheme may be that was not measured here: processors differ in it by about that
    /// (SHA-256 with and without instructions of its own by more, which makes them cheaper).
    static let uncertainty = 1.5

    /// A scheme's cost in terms of that of the present one.
    private struct Ratio {
        var value: Double
        var isMeasured: Bool
    }

    private struct State {
        /// What a check by the present scheme usually takes by the clock, in seconds, and of the processor's time.
        var usualTime = 0.0
        var usualWork = 0.0
        /// How many checks that comes from.
        var count = 0.0
        /// The last `floor`, in seconds.
        var floor = 0.0
        /// The other schemes of which there are hashes, by their parameters.
        var others: [String: Ratio] = [:]
        /// When the store was asked for them last.
        var learnedAt: ContinuousClock.Instant?
    }

    private let scheme: PasswordScheme
    private let state = Mutex(State())

    /// - Parameter scheme: how new hashes are made.
    init(scheme: PasswordScheme) {
        self.scheme = scheme
    }

    /// The time from the beginning of a check to the answer that it failed; `nil` where all hashes are of the present
    /// scheme, whose checks are the same work.
    ///
    /// It stays what it is while measured times go up and down a little, since changes would hide in none of the answers.
    var floor: Duration? {
        state.withLock { state in
            guard let dearest = state.others.values.map(\.value).max(), state.count > 0 else { return nil }
            let needed = max(state.usualTime, state.usualWork * Self.margin) * max(1, dearest)
            if !(needed...(2 * needed)).contains(state.floor) { state.floor = 1.4 * needed }
            return min(Self.highestFloor, .seconds(state.floor))
        }
    }

    /// Takes the time of a check by the present scheme.
    func note(time: Duration, work: Duration) {
        state.withLock { state in
            state.count += 1
            let weight = max(Self.weight, 1 / state.count)
            state.usualTime += (time / .seconds(1) - state.usualTime) * weight
            state.usualWork += (work / .seconds(1) - state.usualWork) * weight
        }
    }

    /// Works on until as much of the processor's time is used up as a check by the present scheme takes.
    ///
    /// - Parameter start: what `usedTime` was at the beginning.
    /// - Returns: `false`, and does nothing, where that is not known.
    func fill(since start: Duration) throws(CryptographyError) -> Bool {
        let (usual, count) = state.withLock { ($0.usualWork, $0.count) }
        guard count > 0 else { return false }
        // In steps of 0.1 ms, which is less than what checks of one and the same hash differ by.
        guard let step = PasswordScheme(setting: "pbkdf2-sha256:i=200") else { return false }
        let nothing = PasswordHash.unmatchable(scheme: step)
        let end = start + .seconds(usual)
        while Self.usedTime < end { _ = try nothing.matches(Secret([])) }
        return true
    }

    /// Whether the store should be asked again which schemes there are: others import accounts, and logins renew hashes.
    var isOutdated: Bool {
        state.withLock { state in state.learnedAt.map { $0.duration(to: .now) > .seconds(3600) } ?? true }
    }

    /// Takes the schemes of which there are hashes, each with one of them. What was measured stays.
    func learn(_ hashes: [PasswordHash]) {
        state.withLock { state in
            let before = state.others
            state.others = hashes.reduce(into: [:]) { $0[$1.parameters] = ratio($1) }
            state.others.merge(before.filter { state.others[$0.key] != nil }) { _, measured in measured }
            state.learnedAt = .now
        }
    }

    /// Takes a hash that is checked, which may have come since the store was asked.
    func meet(_ hash: PasswordHash) {
        guard let ratio = ratio(hash) else { return }
        state.withLock { state in
            if state.others[hash.parameters] == nil { state.others[hash.parameters] = ratio }
        }
    }

    /// Whether a scheme was measured, or need not be.
    func knows(_ hash: PasswordHash) -> Bool {
        state.withLock { $0.others[hash.parameters]?.isMeasured ?? true }
    }

    /// Measures the check of a hash beside one by the present scheme.
    func measure(_ hash: PasswordHash) throws(CryptographyError) {
        let moments = try [hash, .unmatchable(scheme: scheme)].map { hash throws(CryptographyError) in
            let start = Self.usedTime
            _ = try hash.matches(Secret([]))
            return Self.usedTime - start
        }
        state.withLock { $0.others[hash.parameters] = Ratio(value: moments[0] / moments[1], isMeasured: true) }
    }

    private func ratio(_ hash: PasswordHash) -> Ratio? {
        guard hash.scheme != scheme else { return nil }
        return Ratio(value: hash.nominalCost / scheme.nominalCost * Self.uncertainty, isMeasured: false)
    }

    /// The processor's time that the calling thread has used.
    static var usedTime: Duration {
        var time = timespec()
        unsafe clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
        return .seconds(time.tv_sec) + .nanoseconds(time.tv_nsec)
    }
}
