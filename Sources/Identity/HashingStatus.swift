/// What the hashing of passwords is doing at a moment.
public struct HashingStatus: Sendable, Equatable {
    /// How many hashes are computed at once.
    public let slots: Int
    /// How many more may wait.
    public let lineLength: Int
    /// How many are computed.
    public let running: Int
    /// How many wait.
    public let waiting: Int
    /// How many were computed since the start.
    public let computed: Int
    /// How many were turned away since the start, because the line was full.
    public let refused: Int
}
