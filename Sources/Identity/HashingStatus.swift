import Cryptography
import System

/// The hashing of passwords at a moment.
public struct HashingStatus: Sendable, Equatable {
    /// The most hashes that are computed at once.
    public let concurrency: Int
    /// The most hashes that wait.
    public let queueLength: Int
    /// The hashes that are computed.
    public let running: Int
    /// The hashes that wait.
    public let waiting: Int
    /// The hashes computed since the start.
    public let computed: Int
    /// The hashes turned away since the start, because the queue was full.
    public let refused: Int
}

extension AuthenticationService {
    /// The hashing of passwords now.
    public var hashing: HashingStatus {
        let status = hasher.status
        return HashingStatus(
            concurrency: status.concurrency, queueLength: status.length, running: status.running,
            waiting: status.waiting, computed: status.completed, refused: status.refused)
    }
}
