public import Cryptography
import Dispatch
import Synchronization

/// Random bytes that can be made to wait, so that a test holds a hash in its slot.
public final class BlockingRandomSource: RandomSource {
    private let source = OpenSSLRandomSource()
    private let isClosed = Mutex(false)
    private let blocked = DispatchSemaphore(value: 0)
    private let opened = DispatchSemaphore(value: 0)

    public init() {}

    /// From now on the next call for bytes waits.
    public func close() { isClosed.withLock { $0 = true } }

    /// Lets the call that waits go on.
    public func open() {
        isClosed.withLock { $0 = false }
        opened.signal()
    }

    /// Waits until somebody waits for bytes.
    public func waitUntilBlocked() { blocked.wait() }

    public func bytes(_ count: Int) throws(CryptographyError) -> [UInt8] {
        if isClosed.withLock({ $0 }) {
            blocked.signal()
            opened.wait()
        }
        return try source.bytes(count)
    }
}
