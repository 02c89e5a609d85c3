import Glibc
import Synchronization

/// The time that checks of passwords take here, so that the time of a failed one does not tell which hash it was
/// checked against.
///
/// Hashes of other schemes than the present one differ in cost. A cheaper check gets the difference in work
/// (`fill(since:)`), so that it holds a processor for as long; and if there are such hashes at all, each failure is
/// answered so long after the check began as the dearest of them needs (`floor`). The first holds if a flood leaves
/// no room for answers that wait, the second to the millisecond.
///
/// ```swift
/// if let floor = hasher.costs.floor { answer(at: start + floor) }
/// ```
public final class PasswordCosts: Sendable {
    /// The greatest `floor`: a hash that an import accepts may take seconds, and no answer shall take longer.
    static let highestFloor = Duration.seconds(5)
    /// The least ratio of `floor` to the processor's time of the dearest check: checks take more time by the clock when
    /// others run beside them, which share processors, caches and memory.
    static let margin = 1.5
    /// The weight of a new value in the usual one, once there were fifty: one that was held up shall not change it.
    static let weight = 0.02
    /// The factor by which a scheme that was not measured here may be dearer than estimated: processors differ by about
    /// that (in SHA-256 with and without instructions of its own by more, but those make it cheaper).
    static let uncertainty = 1.5

    /// A scheme's cost in terms of that of the present one.
    private struct Ratio {
        var value: Double
        var isMeasured: Bool
    }

    private struct State {
        /// The usual time of a check by the present scheme, by the clock and of the processor, in seconds.
        var usualTime = 0.0
        var usualWork = 0.0
        /// The number of checks behind the usual times.
        var count = 0.0
        /// The last `floor`, in seconds.
        var floor = 0.0
        /// The other schemes in the store, by their parameters.
        var others: [String: Ratio] = [:]
        /// The moment when the store was last asked for them.
        var learnedAt: ContinuousClock.Instant?
    }

    private let choice: PasswordSchemeChoice
    private let state = Mutex(State())
    private var scheme: PasswordScheme { choice.scheme }

    /// - Parameter choice: the scheme of new hashes.
    init(choice: PasswordSchemeChoice) {
        self.choice = choice
    }

    /// The time from the beginning of a check to the answer that it failed; `nil` if all hashes are of the present
    /// scheme, whose checks are the same work.
    ///
    /// It stays the same while measured times go up and down a little, since each change could be seen in the answers.
    public var floor: Duration? {
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
    /// - Parameter start: the `usedTime` at the beginning.
    /// - Returns: `false`, without any work, if that time is not known yet.
    func fill(since start: Duration) throws(CryptographyError) -> Bool {
        let (usual, count) = state.withLock { ($0.usualWork, $0.count) }
        guard count > 0 else { return false }
        // In steps of 0.1 ms, which is less than the difference between checks of one and the same hash.
        guard let step = PasswordScheme(setting: "pbkdf2-sha256:i=200") else { return false }
        let nothing = PasswordHash.unmatchable(scheme: step)
        let end = start + .seconds(usual)
        while Self.usedTime < end { _ = try nothing.matches(Secret([])) }
        return true
    }

    /// Tells whether an hour has passed since the store was asked for its schemes: other processes import accounts, and
    /// logins renew hashes.
    public var isOutdated: Bool {
        state.withLock { state in state.learnedAt.map { $0.duration(to: .now) > .seconds(3600) } ?? true }
    }

    /// Takes over the other schemes of the hashes in the store. Measured ratios stay.
    ///
    /// - Parameter hashes: one hash of each scheme.
    func learn(_ hashes: [PasswordHash]) {
        state.withLock { state in
            let before = state.others
            state.others = hashes.reduce(into: [:]) { $0[$1.parameters] = ratio($1) }
            state.others.merge(before.filter { state.others[$0.key] != nil }) { _, measured in measured }
            state.learnedAt = .now
        }
    }

    /// Takes over the scheme of a hash that is checked: it may have come since the store was asked.
    func meet(_ hash: PasswordHash) {
        guard let ratio = ratio(hash) else { return }
        state.withLock { state in
            if state.others[hash.parameters] == nil { state.others[hash.parameters] = ratio }
        }
    }

    /// Tells whether the scheme of a hash was measured, or need not be.
    func knows(_ hash: PasswordHash) -> Bool {
        state.withLock { $0.others[hash.parameters]?.isMeasured ?? true }
    }

    /// Measures the check of a hash beside one by the present scheme.
    ///
    /// The password is as long as any that a hash of an algorithm reads in each of its rounds, so that a long one takes
    /// no longer than was measured.
    func measure(_ hash: PasswordHash, _ keys: PasswordKeys) throws(CryptographyError) {
        let password = Secret([UInt8](repeating: 0x20, count: CryptData.maximumLength))
        let moments = try [hash, .unmatchable(scheme: scheme)].map { hash throws(CryptographyError) in
            let start = Self.usedTime
            _ = try hash.matches(password, keys: keys)
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
