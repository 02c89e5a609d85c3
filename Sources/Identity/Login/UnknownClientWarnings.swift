import Synchronization

/// When it was last warned of which program that it does not say for whom it acts.
final class UnknownClientWarnings: Sendable {
    /// How often is enough, in seconds: once an hour.
    static let interval: Int64 = 3600

    private let moments = Mutex<[CredentialID: Timestamp]>([:])

    /// Whether it is time again for a program, as far as this process knows; then the moment is noted.
    func isDue(_ program: CredentialID, at now: Timestamp) -> Bool {
        moments.withLock { moments in
            if let last = moments[program], (last..<(last + Self.interval)).contains(now) { return false }
            moments = moments.filter { now < $0.value + Self.interval }
            moments[program] = now
            return true
        }
    }
}
