import System

/// Bytes that must not outlive their use, such as a password: owned in one place, never printed, and overwritten with
/// zeros when they go away.
///
/// ```swift
/// let secret = Secret(bytes)
/// let matches = try PasswordHash(encoded: stored)?.matches(secret) ?? false
/// ```
public final class Secret: Sendable {
    private let bytes: WipedArray

    /// Takes over `bytes`, of which the caller must hold no other copy. The caller wipes the buffers that they came
    /// from.
    public init(_ bytes: consuming [UInt8]) {
        self.bytes = WipedArray(bytes)
    }

    /// The number of bytes.
    public var count: Int { bytes.count }

    /// Tells whether a zero is among the bytes: to C, they end there.
    var holdsZero: Bool { withSpan { bytes in bytes.indices.contains { bytes[$0] == 0 } } }

    /// Lends the bytes. They must not be kept or copied into a buffer that is not wiped.
    public func withSpan<Result, Failure: Error>(
        _ use: (Span<UInt8>) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        try bytes.withSpan(use)
    }

    /// Tells whether both have the same bytes, in a time that depends on their number alone.
    func isEqual(to other: Secret) -> Bool {
        withSpan { own in other.withSpan { other in constantTimeEqual(own, other) } }
    }
}

extension Secret: CustomStringConvertible, CustomReflectable {
    /// A placeholder: a secret is never part of a text.
    public var description: String { "<secret>" }

    /// No members: `dump` and the debugger's mirror show nothing either.
    public var customMirror: Mirror { Mirror(self, children: []) }
}
