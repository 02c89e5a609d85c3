import Glibc

/// A pool of threads that puts another thread to work while one of its own waits.
public protocol BlockingObserver: AnyObject, Sendable {
    /// Learns that the calling thread is about to wait.
    func willBlock()

    /// Learns that the calling thread goes on.
    func didBlock()
}

/// Runs work that waits for the disk, for another thread or for a peer, possibly for long.
///
/// The pool of the calling thread, if it belongs to one, puts another thread to work meanwhile; on other threads this
/// only runs `work`. Inside of `work`, further calls change nothing.
///
/// ```swift
/// let hash = blocking { result.wait() }
/// ```
@inlinable
public func blocking<Value, Failure: Error>(_ work: () throws(Failure) -> Value) throws(Failure) -> Value {
    guard let observer = unsafe BlockingObserverBox.suspend() else { return try work() }
    defer { unsafe BlockingObserverBox.resume(observer) }
    return try work()
}

extension Thread {
    /// Makes the calling thread one of a pool, which it keeps alive until it ends.
    ///
    /// - Parameter observer: the pool that `blocking` tells of this thread's waits.
    public static func joinPool(_ observer: any BlockingObserver) {
        BlockingObserverBox.join(observer)
    }
}

/// The observer of one thread, as the thread's storage holds it.
@usableFromInline
final class BlockingObserverBox {
    private let observer: any BlockingObserver

    private init(_ observer: any BlockingObserver) { self.observer = observer }

    /// The place of the pointer in each thread's storage: null if there is no pool, and while the thread waits.
    private static let key = {
        var key = pthread_key_t()
        let code = unsafe pthread_key_create(&key) { pointer in
            if let pointer = unsafe pointer { unsafe Unmanaged<BlockingObserverBox>.fromOpaque(pointer).release() }
        }
        precondition(code == 0, "the process has no key left for its threads")
        return key
    }()

    static func join(_ observer: any BlockingObserver) {
        if let former = unsafe pthread_getspecific(key) {
            unsafe Unmanaged<BlockingObserverBox>.fromOpaque(former).release()
        }
        unsafe pthread_setspecific(key, Unmanaged.passRetained(BlockingObserverBox(observer)).toOpaque())
    }

    /// Tells the observer of the calling thread that it waits.
    ///
    /// - Returns: the pointer to hand to `resume`; `nil` if nobody observes.
    @usableFromInline
    static func suspend() -> UnsafeMutableRawPointer? {
        guard let pointer = unsafe pthread_getspecific(key) else { return nil }
        pthread_setspecific(key, nil)
        unsafe Unmanaged<BlockingObserverBox>.fromOpaque(pointer).takeUnretainedValue().observer.willBlock()
        return unsafe pointer
    }

    /// Tells the observer that the calling thread goes on.
    @usableFromInline
    static func resume(_ pointer: UnsafeMutableRawPointer) {
        unsafe Unmanaged<BlockingObserverBox>.fromOpaque(pointer).takeUnretainedValue().observer.didBlock()
        unsafe pthread_setspecific(key, pointer)
    }
}
