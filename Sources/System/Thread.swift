import CLinux
import Glibc

/// A thread of the operating system, with all signals blocked.
///
/// `Signals` takes the signals of the process. One that interrupts a read or a write of another thread would cost
/// libfcgi the request.
///
/// ```swift
/// let thread = try Thread("hash", niceness: 15) { queue.serve() }
/// thread.detach()
/// ```
public struct Thread: Sendable {
    /// The size of a stack in bytes if no other is given: it holds a request's frames, and takes memory only if
    /// it is touched.
    public static let defaultStackSize = 512 * 1024

    private final class Start: Sendable {
        let name: String
        let niceness: Int32
        let body: @Sendable () -> Void

        init(name: String, niceness: Int32, _ body: @escaping @Sendable () -> Void) {
            self.name = name
            self.niceness = niceness
            self.body = body
        }

        func run() {
            // By the thread itself: the one that starts it may come to it only after the body has begun.
            unsafe pthread_setname_np(pthread_self(), name)
            // On Linux this is the priority of the calling thread alone. A thread that can't lower it works all the
            // same.
            if niceness != 0 { _ = setpriority(__priority_which_t(PRIO_PROCESS.rawValue), 0, niceness) }
            body()
        }
    }

    private let thread: pthread_t

    /// Starts a thread.
    ///
    /// - Parameters:
    ///   - name: the name for debuggers, at most 15 bytes.
    ///   - stackSize: the bytes of the stack, at least 16 KiB.
    ///   - niceness: the scheduling priority, from 0, the usual one, to 19, the lowest.
    ///   - body: the work. The thread ends with it.
    /// - Throws: `SystemError` if the kernel has no thread left.
    public init(
        _ name: String, stackSize: Int = defaultStackSize, niceness: Int32 = 0, _ body: @escaping @Sendable () -> Void
    ) throws(SystemError) {
        var attributes = pthread_attr_t()
        unsafe pthread_attr_init(&attributes)
        defer { unsafe pthread_attr_destroy(&attributes) }
        unsafe pthread_attr_setstacksize(&attributes, stackSize)

        var all = sigset_t()
        var before = sigset_t()
        unsafe sigfillset(&all)
        // These come from the thread's own faults, and have to end the process.
        for signal in [SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGTRAP, SIGABRT] { unsafe sigdelset(&all, signal) }
        unsafe pthread_sigmask(SIG_SETMASK, &all, &before)
        defer { unsafe pthread_sigmask(SIG_SETMASK, &before, nil) }

        var thread = pthread_t()
        let start = unsafe Unmanaged.passRetained(Start(name: name, niceness: niceness, body))
        let code = unsafe pthread_create(&thread, &attributes, Self.entry, start.toOpaque())
        guard code == 0 else {
            unsafe start.release()
            throw SystemError(call: "pthread_create", code: code)
        }
        self.thread = thread
    }

    /// Waits for the thread to end.
    public func join() { _ = pthread_join(thread, nil) }

    /// Lets the thread end by itself.
    public func detach() { pthread_detach(thread) }

    // A function of its own, bound to no actor, since a closure would take over the actor of its caller and trap.
    private static let entry: @convention(c) (UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? = { argument in
        if let argument = unsafe argument {
            unsafe Unmanaged<Start>.fromOpaque(argument).takeRetainedValue().run()
        }
        return nil
    }
}

/// The memory allocator of the C library.
public enum Heap {
    /// Adapts the allocator to many threads of which few are at work. Call it before they are started.
    ///
    /// - Parameter arenas: the most heaps: more would only scatter the freed memory of the other threads.
    public static func adapt(arenas: Int) {
        _ = mallopt(M_ARENA_MAX, Int32(clamping: arenas))
        // Each allocation of at least 64 KiB first empties the fastbins, and libfcgi makes one for each stream. Each
        // thread has a cache of its own as well.
        _ = mallopt(M_MXFAST, 0)
    }
}
