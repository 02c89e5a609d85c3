import Glibc
import Synchronization

/// A file descriptor that is closed once: by `close()`, or when its last owner goes.
public final class Descriptor: Sendable {
    private let value: Atomic<Int32>

    /// Takes over an open descriptor.
    public init(_ number: Int32) {
        value = Atomic(number)
    }

    deinit { close() }

    /// The number; -1 after `close()`.
    public var number: Int32 { value.load(ordering: .acquiring) }

    /// Closes the descriptor. Any thread may call it, any number of times.
    public func close() {
        let number = value.exchange(-1, ordering: .acquiringAndReleasing)
        if number >= 0 { _ = Glibc.close(number) }
    }
}
