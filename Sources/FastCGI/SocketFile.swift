import Glibc

/// A Unix socket in the file system, known by its inode, so that no other is ever taken for it.
///
/// It is made under another name in the same folder and renamed when it is finished: so there is no moment at which it
/// has too wide a mode, or cannot be connected to, and another is replaced in one step.
struct SocketFile: Sendable {
    private let path: String
    /// The name until `publish`.
    private let temporary: String
    private let mode: UInt32
    private let device: dev_t
    private let inode: ino_t

    /// Makes a listening socket for a path, under which nobody can reach it yet.
    static func make(
        path: String, mode: UInt32, group: String?
    ) throws(ListenerError) -> (socket: Descriptor, file: SocketFile) {
        // The name under which it is made may be shorter.
        guard path.utf8.count <= UnixAddress.longestPath else { throw .pathTooLong(path: path) }
        let groupNumber = try group.map(GroupName.number)
        let temporary = path.prefix(through: path.lastIndex(of: "/") ?? path.startIndex) + Self.temporaryName()
        let socket = try makeSocket(family: AF_UNIX)
        // The mode with which bind makes the file; nobody can connect before `listen` anyway.
        _ = fchmod(socket.number, mode & 0o600)
        try bind(socket, to: String(temporary), for: path)
        do throws(ListenerError) {
            try finish(String(temporary), mode: mode, group: groupNumber, named: group)
            guard listen(socket.number, listenBacklog) == 0 else { throw .system(call: "listen", code: errno) }
            return (socket, try SocketFile(path: path, temporary: String(temporary), mode: mode))
        } catch {
            _ = unsafe unlink(String(temporary))
            throw error
        }
    }

    /// Gives the socket its name.
    ///
    /// - Parameter takingOver: whether it may take the place of a socket that somebody answers.
    func publish(takingOver: Bool) throws(ListenerError) {
        // Of two processes that start at once, the second must see the first one's socket.
        let lock = FolderLock(of: path)
        defer { lock?.release() }
        try Self.requireFree(path, mode: mode, takingOver: takingOver)
        guard unsafe rename(temporary, path) == 0 else { throw Self.failure("rename", errno, path) }
    }

    /// Whether another socket stands at the path now, so that nobody can reach this one any more.
    var isReplaced: Bool {
        var status = stat()
        guard unsafe lstat(path, &status) == 0, status.st_mode & S_IFMT == S_IFSOCK else { return false }
        return !isSelf(status)
    }

    /// Removes the file, unless another stands there now.
    func remove() {
        let lock = FolderLock(of: path)
        defer { lock?.release() }
        for place in [temporary, path] {
            var status = stat()
            if unsafe lstat(place, &status) == 0, isSelf(status) { _ = unsafe unlink(place) }
        }
    }

    private init(path: String, temporary: String, mode: UInt32) throws(ListenerError) {
        var status = stat()
        guard unsafe lstat(temporary, &status) == 0 else { throw .system(call: "lstat", code: errno) }
        (self.path, self.temporary, self.mode) = (path, temporary, mode)
        (device, inode) = (status.st_dev, status.st_ino)
    }

    private func isSelf(_ status: stat) -> Bool { status.st_dev == device && status.st_ino == inode }

    private static func temporaryName() -> String {
        ".psock" + String(UInt32.random(in: 0..<36 * 36 * 36), radix: 36)
    }

    private static func requireFree(_ path: String, mode: UInt32, takingOver: Bool) throws(ListenerError) {
        let asked = ListenAddress.unix(path: path, mode: mode)
        var status = stat()
        guard unsafe lstat(path, &status) == 0 else {
            if errno == ENOENT { return }
            throw failure("lstat", errno, path)
        }
        guard status.st_mode & S_IFMT == S_IFSOCK else { throw .notASocket(path: path) }
        if takingOver { return }
        let probe = try makeSocket(family: AF_UNIX)
        let result = try unsafe UnixAddress.use(path) { address, size in unsafe connect(probe.number, address, size) }
        switch result == 0 ? 0 : errno {
        case ECONNREFUSED, ENOENT: return
        case EACCES, EPERM: throw .permission(asked)
        // A full backlog, or a socket of another type, is somebody's too.
        default: throw .inUse(asked)
        }
    }

    private static func bind(_ socket: Descriptor, to place: String, for path: String) throws(ListenerError) {
        let result = try unsafe UnixAddress.use(place, named: path) { address, size in
            unsafe Glibc.bind(socket.number, address, size)
        }
        guard result == 0 else { throw failure("bind", errno, path) }
    }

    private static func finish(
        _ place: String, mode: UInt32, group: gid_t?, named name: String?
    ) throws(ListenerError) {
        if let group, unsafe chown(place, uid_t.max, group) != 0 {
            guard errno == EPERM, let name else { throw .system(call: "chown", code: errno) }
            throw .groupNotAllowed(name)
        }
        guard unsafe chmod(place, mode & 0o777) == 0 else { throw .system(call: "chmod", code: errno) }
    }

    private static func failure(_ call: String, _ code: Int32, _ path: String) -> ListenerError {
        switch code {
        case ENOENT, ENOTDIR: .folderMissing(path: path)
        case EACCES, EPERM, EROFS: .permission(.unix(path: path))
        default: .system(call: call, code: code)
        }
    }
}
