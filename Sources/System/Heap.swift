import CLinux

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
