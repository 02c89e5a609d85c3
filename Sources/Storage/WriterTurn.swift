import Dispatch
import Identity
import Synchronization

/// Who writes next in this process.
///
/// The wait for it has an end, so that threads do not pile up one timeout after the other while another process holds the
/// database; and only a few wait for so long, so that threads are left for what writes nothing.
final class WriterTurn: Sendable {
    private let patientWriters: Int
    private let patience: Double
    private let waiting = Mutex(0)
    private let turn = DispatchSemaphore(value: 1)

    /// How long one waits who finds as many waiting as may be patient, in seconds: many times what they all take while
    /// nothing holds them up.
    private static let shortPatience = 1.0

    /// - Parameters:
    ///   - patientWriters: how many wait for long.
    ///   - patience: how long they wait, in seconds.
    init(patientWriters: Int, patience: Double) {
        self.patientWriters = patientWriters
        self.patience = patience
    }

    /// Runs `body` while nobody else in this process writes.
    func take<Value>(_ body: () throws -> Value) throws -> Value {
        let isPatient = waiting.withLock { waiting in
            waiting += 1
            return waiting <= patientWriters
        }
        defer { waiting.withLock { $0 -= 1 } }
        let patience = isPatient ? patience : min(patience, Self.shortPatience)
        guard turn.wait(timeout: .now() + patience) == .success else {
            throw StoreError(.unavailable, "no turn to write came within \(patience) s: see what holds the database up")
        }
        defer { turn.signal() }
        return try body()
    }
}
