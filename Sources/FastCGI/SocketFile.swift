import Glibc

/// A Unix socket in the file system, known by its inode, so that no other is ever taken for it.
struct SocketFile: Sendable {
    private let path: String
    private let device: dev_t
    private let inode: ino_t

    /// Makes a listening socket at a path.
    ///
    /// It is made under another name in the same folder and renamed when it is finished: so there is no moment at
    /// which it has too wide a mode, or cannot be connected to, and one that nobody answers is replaced in one step.
    static func make(
        path: String, mode: UInt32, group: String?
    ) throws(ListenerError) -> (socket: Descriptor, file: SocketFile) {
        // The name under which it is made may be shorter.
        guard path.utf8.count <= UnixAddress.longestPath else { throw .pathTooLong(path: path) }
        let groupNumber = try group.map(GroupName.number)
        // Of two processes that start at once, the second must see the first one's socket.
        let lock = FolderLock(of: path)
        defer { lock?.release() }
        try requireFree(path, mode: mode)

        let temporary = path.prefix(through: path.lastIndex(of: "/") ?? path.startIndex) + Self.temporaryName()
        let socket = try makeSocket(family: AF_UNIX)
        // The mode with which bind makes the file; nobody can connect before `listen` anyway.
        _ = fchmod(socket.number, mode & 0o600)
        try bind(socket, to: String(temporary), for: path)
        do throws(ListenerError) {
            try finish(String(temporary), mode: mode, group: groupNumber, named: group)
            guard listen(socket.number, listenBacklog) == 0 else { throw .system(call: "listen", code: errno) }
            let file = try SocketFile(path: path, at: String(temporary))
            guard unsafe rename(String(temporary), path) == 0 else { throw .system(call: "rename", code: errno) }
            return (socket, file)
        } catch {
            _ = unsafe unlink(String(temporary))
            throw error
        }
    }

    /// Removes the file, unless another stands there now.
    func remove() {
        let lock = FolderLock(of: path)
        defer { lock?.release() }
        if let current = try? SocketFile(path: path, at: path), current.device == device, current.inode == inode {
            _ = unsafe unlink(path)
        }
    }

    private init(path: String, at place: String) throws(ListenerError) {
        var status = stat()
        guard unsafe lstat(place, &status) == 0 else { throw .system(call: "lstat", code: errno) }
        (self.path, device, inode) = (path, status.st_dev, status.st_ino)
    }

    private static func temporaryName() -> String {
        ".psock" + String(UInt32.random(in: 0..<36 * 36 * 36), radix: 36)
    }

    private static func requireFree(_ path: String, mode: UInt32) throws(ListenerError) {
        let asked = ListenAddress.unix(path: path, mode: mode)
        var status = stat()
        guard unsafe lstat(path, &status) == 0 else {
            if errno == ENOENT { return }
            throw failure("lstat", errno, path)
        }
        guard status.st_mode & S_IFMT == S_IFSOCK else { throw .notASocket(path: path) }
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
