import Glibc

/// A listening Unix socket in the file system, known by its inode, so that no other is ever taken for it.
///
/// It is made under another name in the same folder and renamed when it is finished: so there is no moment at which it
/// has too wide a mode, or cannot be connected to, and another is replaced in one step.
///
/// ```swift
/// let socket = try UnixSocket(path: "/run/postern/postern.sock", mode: 0o660, group: "www-data", backlog: 511)
/// try socket.publish(takingOver: false)
/// ```
public struct UnixSocket: Sendable {
    /// The socket. Its owner closes it after `remove()`: once it is closed, another file may get the inode.
    public let descriptor: Descriptor

    private let path: String
    /// The name until `publish`.
    private let temporary: String
    private let device: dev_t
    private let inode: ino_t

    /// Makes a socket that listens, but has no name yet under which anybody can reach it.
    ///
    /// - Parameters:
    ///   - path: the path of the socket.
    ///   - mode: its permission bits, whatever the umask.
    ///   - group: the name or number of its group; `nil` is the process's own.
    ///   - backlog: the most connections that wait to be accepted.
    public init(path: String, mode: UInt32, group: String?, backlog: Int32) throws(UnixSocketError) {
        // The name under which it is made may be shorter.
        guard path.utf8.count <= UnixAddress.longestPath else { throw .pathTooLong }
        let number = try group.map { name throws(UnixSocketError) in
            guard let number = groupNumber(name) else { throw .unknownGroup(name) }
            return number
        }
        descriptor = try Self.open()
        // The mode with which bind makes the file; nobody can connect before `listen` anyway.
        _ = fchmod(descriptor.number, mode & 0o600)
        temporary = try Self.bind(descriptor, beside: path)
        self.path = path
        do throws(UnixSocketError) {
            try Self.finish(temporary, mode: mode, group: number, named: group)
            guard listen(descriptor.number, backlog) == 0 else { throw .system(call: "listen", code: errno) }
            var status = stat()
            guard unsafe lstat(temporary, &status) == 0 else { throw .system(call: "lstat", code: errno) }
            (device, inode) = (status.st_dev, status.st_ino)
        } catch {
            _ = unsafe unlink(temporary)
            throw error
        }
    }

    /// Gives the socket its name.
    ///
    /// - Parameter takingOver: whether it may take the place of a socket that another process answers.
    public func publish(takingOver: Bool) throws(UnixSocketError) {
        // Of two processes that start at once, the second must see the first one's socket.
        let lock = FolderLock(of: path)
        defer { lock?.release() }
        try Self.requireFree(path, takingOver: takingOver)
        guard unsafe rename(temporary, path) == 0 else { throw UnixSocketError(call: "rename", code: errno) }
    }

    /// Tells whether another socket stands at the path now, so that nobody can reach this one any more.
    public var isReplaced: Bool {
        var status = stat()
        guard unsafe lstat(path, &status) == 0, status.st_mode & S_IFMT == S_IFSOCK else { return false }
        return !isSelf(status)
    }

    /// Removes the file, unless another stands there now.
    public func remove() {
        let lock = FolderLock(of: path)
        defer { lock?.release() }
        for place in [temporary, path] {
            var status = stat()
            if unsafe lstat(place, &status) == 0, isSelf(status) { _ = unsafe unlink(place) }
        }
    }

    private func isSelf(_ status: stat) -> Bool { status.st_dev == device && status.st_ino == inode }

    private static func open() throws(UnixSocketError) -> Descriptor {
        do throws(SystemError) {
            return try Socket.stream(family: AF_UNIX)
        } catch {
            throw .system(call: error.call, code: error.code)
        }
    }

    private static func requireFree(_ path: String, takingOver: Bool) throws(UnixSocketError) {
        var status = stat()
        guard unsafe lstat(path, &status) == 0 else {
            let code = errno
            if code == ENOENT { return }
            throw UnixSocketError(call: "lstat", code: code)
        }
        guard status.st_mode & S_IFMT == S_IFSOCK else { throw .notASocket }
        if takingOver { return }
        let probe = try open()
        let code = unsafe UnixAddress.use(path) { unsafe connect(probe.number, $0, $1) == 0 ? 0 : errno }
        switch code {
        case ECONNREFUSED, ENOENT: return
        case EACCES, EPERM: throw .notPermitted
        // A full backlog, or a socket of another type, belongs to a process too.
        default: throw .inUse
        }
    }

    /// Binds a socket to the first free name of its folder.
    ///
    /// - Returns: the path with that name.
    private static func bind(_ socket: Descriptor, beside path: String) throws(UnixSocketError) -> String {
        let folder = path.prefix(through: path.lastIndex(of: "/") ?? path.startIndex)
        var code = EADDRINUSE
        // Each process that was killed in between leaves one behind.
        for number in 0..<36 * 36 * 36 where code == EADDRINUSE {
            let place = folder + ".psock" + String(number, radix: 36)
            let result = unsafe UnixAddress.use(String(place)) {
                unsafe Glibc.bind(socket.number, $0, $1) == 0 ? 0 : errno
            }
            guard let result else { throw .pathTooLong }
            if result == 0 { return String(place) }
            code = result
        }
        throw UnixSocketError(call: "bind", code: code)
    }

    private static func finish(
        _ place: String, mode: UInt32, group: gid_t?, named name: String?
    ) throws(UnixSocketError) {
        if let group, unsafe chown(place, uid_t.max, group) != 0 {
            let code = errno
            guard code == EPERM, let name else { throw .system(call: "chown", code: code) }
            throw .groupNotAllowed(name)
        }
        guard unsafe chmod(place, mode & 0o777) == 0 else { throw .system(call: "chmod", code: errno) }
    }
}

/// The reason why a `UnixSocket` could not be made or named.
public enum UnixSocketError: Error, Sendable, Equatable {
    /// Another process answers at the path.
    case inUse
    /// A file that is not a socket stands at the path. It was left alone.
    case notASocket
    /// The path is longer than 107 bytes (`sun_path`), or its folder too long for the name under which the socket is
    /// made.
    case pathTooLong
    /// The folder of the socket does not exist.
    case folderMissing
    /// This process may not make a socket there, or may not connect to the one that is there.
    case notPermitted
    /// The system has no such group.
    case unknownGroup(String)
    /// This process may not give the socket to the group.
    case groupNotAllowed(String)
    /// Another failure of a system call; `code` is its `errno`.
    case system(call: String, code: Int32)

    fileprivate init(call: String, code: Int32) {
        switch code {
        case ENOENT, ENOTDIR: self = .folderMissing
        case EACCES, EPERM, EROFS: self = .notPermitted
        default: self = .system(call: call, code: code)
        }
    }
}
