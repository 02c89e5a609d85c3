import Glibc

/// The C address of a Unix socket.
public enum UnixAddress {
    /// The most bytes of a path: `sun_path` without the zero at the end.
    public static let longestPath = 107

    /// Lends the address of a path to a call such as `bind` or `connect`.
    ///
    /// - Returns: the result of the call; `nil` if the path is longer than `longestPath`.
    static func use(_ path: String, _ body: (UnsafePointer<sockaddr>, socklen_t) -> Int32) -> Int32? {
        guard path.utf8.count <= longestPath else { return nil }
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        unsafe withUnsafeMutableBytes(of: &address.sun_path) { unsafe $0.copyBytes(from: path.utf8) }
        return unsafe withUnsafePointer(to: address) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
                unsafe body(address, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
    }
}

/// A lock on the folder of a path, for which other processes that use the folder wait. It ends with the process.
struct FolderLock {
    private let descriptor: Descriptor

    /// Waits for the lock for at most half a second: every process that can read the folder can hold it, and must not
    /// hold this one up.
    ///
    /// `nil` if the folder cannot be opened (then the call that follows fails with the better reason), or the lock
    /// cannot be had.
    init?(of path: String) {
        let folder = String(path.prefix(through: path.lastIndex(of: "/") ?? path.startIndex))
        let number = unsafe open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard number >= 0 else { return nil }
        descriptor = Descriptor(number)
        for _ in 0..<50 {
            if flock(number, LOCK_EX | LOCK_NB) == 0 { return }
            usleep(10_000)
        }
        return nil
    }

    func release() { descriptor.close() }
}

/// The number of a group that is given by name or by number; `nil` if the system has none of that name.
public func groupNumber(_ name: String) -> UInt32? {
    if let number = gid_t(name) { return number }
    var size = 1024
    // A group with many members needs a larger buffer.
    while size <= 1 << 20 {
        var entry = unsafe group()
        var found: UnsafeMutablePointer<group>?
        let code = unsafe withUnsafeTemporaryAllocation(of: CChar.self, capacity: size) { buffer in
            unsafe getgrnam_r(name, &entry, buffer.baseAddress, size, &found)
        }
        if code == 0, unsafe found != nil { return unsafe entry.gr_gid }
        if code != ERANGE { break }
        size *= 4
    }
    return nil
}
