import Identity
import Synchronization

/// What the identifiers of requests name.
enum RequestID: Identified {
    static let identifierPrefix = "req_"

    /// Begins somewhere else in each process.
    private static let state: Atomic<UInt64> = {
        var generator = SystemRandomNumberGenerator()
        return Atomic(generator.next())
    }()

    /// A new identifier, which no other request of this process has. It names a request and guards nothing, so that it
    /// need not be hard to guess: this is SplitMix64 (Steele, Lea, Flood: Fast Splittable Pseudorandom Number Generators).
    static func next() -> Identifier<RequestID> {
        var bits = state.wrappingAdd(0x9E37_79B9_7F4A_7C15, ordering: .relaxed).newValue
        bits = (bits ^ bits >> 30) &* 0xBF58_476D_1CE4_E5B9
        bits = (bits ^ bits >> 27) &* 0x94D0_49BB_1331_11EB
        return Identifier(rawValue: bits ^ bits >> 31)
    }
}
