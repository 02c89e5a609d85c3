import Identity
import Synchronization

/// The identifiers of requests: the client's own, or new ones.
///
/// A new one names a request and guards nothing, so that it need not be hard to guess: they are a sequence by
/// SplitMix64 (Steele, Lea, Flood: Fast Splittable Pseudorandom Number Generators), in which none comes twice.
public final class RequestIDs: Sendable {
    private enum Request: Identified {
        static let identifierPrefix = "req_"
    }

    private let state: Atomic<UInt64>

    /// Begins a sequence.
    ///
    /// - Parameter seed: a number that no other process has.
    public init(seed: UInt64) {
        state = Atomic(seed)
    }

    /// The identifier of a request: the client's if that is 1 to 64 of `A-Za-z0-9._-`, else a new one.
    func identifier(_ given: String?) -> String {
        if let given, Self.isIdentifier(given) { return given }
        var bits = state.wrappingAdd(0x9E37_79B9_7F4A_7C15, ordering: .relaxed).newValue
        bits = (bits ^ bits >> 30) &* 0xBF58_476D_1CE4_E5B9
        bits = (bits ^ bits >> 27) &* 0x94D0_49BB_1331_11EB
        return Identifier<Request>(rawValue: bits ^ bits >> 31).description
    }

    private static func isIdentifier(_ text: String) -> Bool {
        (1...64).contains(text.utf8.count)
            && text.unicodeScalars.allSatisfy { scalar in
                switch scalar {
                case "a"..."z", "A"..."Z", "0"..."9", ".", "_", "-": true
                default: false
                }
            }
    }
}
