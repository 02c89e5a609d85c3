import CFastCGI
import Glibc

/// A thread with all signals blocked, so that `TerminationSignals` gets them and none interrupts what it does.
public struct WorkerThread: Sendable {
    /// Enough for a handler's frames; a thread that nobody uses costs only what it touches.
    static let stackSize = 512 * 1024

    private final class Start: Sendable {
        let body: @Sendable () -> Void
        init(_ body: @escaping @Sendable () -> Void) { self.body = body }
    }

    private let thread: pthread_t

    /// Starts a thread with all signals blocked: one that interrupts a read or write would cost libfcgi the request.
    ///
    /// - Parameters:
    ///   - name: its name for debuggers, at most 15 bytes.
    ///   - body: what it does; the thread ends with it.
    /// - Throws: `ServerError.resources` where the kernel has no thread left.
    public init(_ name: String, _ body: @escaping @Sendable () -> Void) throws(ServerError) {
        var attributes = pthread_attr_t()
        unsafe pthread_attr_init(&attributes)
        defer { unsafe pthread_attr_destroy(&attributes) }
        unsafe pthread_attr_setstacksize(&attributes, Self.stackSize)

        var all = sigset_t()
        var before = sigset_t()
        unsafe sigfillset(&all)
        // These come from the thread's own faults, and have to end the process.
        for signal in [SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGTRAP, SIGABRT] { unsafe sigdelset(&all, signal) }
        unsafe pthread_sigmask(SIG_SETMASK, &all, &before)
        defer { unsafe pthread_sigmask(SIG_SETMASK, &before, nil) }

        var thread = pthread_t()
        let start = unsafe Unmanaged.passRetained(Start(body))
        let code = unsafe pthread_create(&thread, &attributes, Self.entry, start.toOpaque())
        guard code == 0 else {
            unsafe start.release()
            throw .resources(code: code)
        }
        unsafe pthread_setname_np(thread, name)
        self.thread = thread
    }

    /// Waits for the thread to end.
    public func join() { _ = pthread_join(thread, nil) }

    /// Lets the thread end by itself.
    public func detach() { pthread_detach(thread) }

    // A function of its own, bound to no actor, since a closure would take over the actor of whoever makes it.
    private static let entry: @convention(c) (UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? = { argument in
        if let argument = unsafe argument {
            unsafe Unmanaged<Start>.fromOpaque(argument).takeRetainedValue().body()
        }
        return nil
    }
}
