import Glibc

/// The words for a system call that failed on a path: the fault, by the name of the file or folder that has it, and the
/// remedy.
///
/// ```swift
/// pathFault("/var/lib/postern/postern.sqlite3", EACCES)
/// // no permission for /var/lib/postern/postern.sqlite3, which belongs to postern: run this as that user
/// ```
///
/// - Parameters:
///   - path: the path that the call got.
///   - code: the error number of the call.
public func pathFault(_ path: String, _ code: Int32) -> String {
    switch code {
    case EACCES, EPERM: return missingPermission(path)
    case ENOENT:
        guard let folder = firstFolder(of: path, where: { attributes($0) == nil }) else {
            return "\(path) does not exist"
        }
        return "the folder \(folder) does not exist: make it, or name another path"
    case ENOTDIR:
        let file = firstFolder(of: path) { attributes($0).map { $0.st_mode & S_IFMT != S_IFDIR } ?? false }
        return "\(file ?? path) is a file, not a folder: name another path"
    case EISDIR: return "\(path) is a directory: name a file"
    case ENOSPC, EDQUOT: return "no space is left for \(path): make room on its file system"
    case EROFS:
        return "the file system of \(path) is read-only: mount it for writing, or name another path; if it was not "
            + "before, see the system's log"
    case EIO: return "the disk of \(path) has a fault: see the system's log"
    case EMFILE, ENFILE: return "too many files are open to open \(path): raise the limit (LimitNOFILE=, ulimit -n)"
    default: return "\(path): \(errorText(code))"
    }
}

/// The fault that keeps this process from using a file, or from making it; `nil` if there is none.
///
/// - Parameter mode: `R_OK`, `W_OK` or both.
/// - Returns: the path that has the fault, the file or its folder, and the error number.
public func pathObstacle(_ path: String, mode: Int32) -> (path: String, code: Int32)? {
    guard let code = refusal(of: path, mode) else { return nil }
    return code == ENOENT ? creationObstacle(path) : (path, code)
}

/// The fault that keeps this process from making a file, or putting another one in its place: that of its folder.
///
/// - Returns: the folder, or the file if that has none, and the error number; `nil` if there is none.
public func creationObstacle(_ path: String) -> (path: String, code: Int32)? {
    let folder = parent(of: path)
    // A file in the folder's place is told apart from a closed folder, also for root.
    guard let code = refusal(of: "\(folder)/.", W_OK | X_OK) else { return nil }
    return (code == ENOENT || code == ENOTDIR ? path : folder, code)
}

private func refusal(of path: String, _ mode: Int32) -> Int32? {
    do throws(SystemError) {
        _ = try valueOrErrno("access") { unsafe access(path, mode) }
        return nil
    } catch {
        return error.code
    }
}

private func missingPermission(_ path: String) -> String {
    // A folder in which nothing can be looked up hides all that is in it.
    let closed = firstFolder(of: path) { unsafe access($0, X_OK) != 0 && attributes($0) != nil }
    let subject = closed ?? (attributes(path) == nil ? parent(of: path) : path)
    guard let owner = attributes(subject)?.st_uid else { return "no permission for \(path)" }
    if owner == geteuid() { return "no permission for \(subject): its mode forbids it (`ls -ld \(subject)`)" }
    let name = userName(owner) ?? "user \(owner)"
    return "no permission for \(subject), which belongs to \(name): run this as that user, or see `ls -ld \(subject)`"
}

/// The first of the folders above a path, from the top, that meets a condition.
private func firstFolder(of path: String, where condition: (String) -> Bool) -> String? {
    var folders: [String] = []
    var folder = parent(of: path)
    while folder != "/" && folder != "." {
        folders.append(folder)
        folder = parent(of: folder)
    }
    return folders.reversed().first(where: condition)
}

private func parent(of path: String) -> String {
    guard let slash = path.lastIndex(of: "/") else { return "." }
    return slash == path.startIndex ? "/" : String(path[..<slash])
}

private func attributes(_ path: String) -> stat? {
    var information = stat()
    return unsafe stat(path, &information) == 0 ? information : nil
}

private func userName(_ number: uid_t) -> String? {
    var (user, found) = unsafe (passwd(), nil as UnsafeMutablePointer<passwd>?)
    return unsafe withUnsafeTemporaryAllocation(of: CChar.self, capacity: 4096) { buffer in
        guard let base = buffer.baseAddress, unsafe getpwuid_r(number, &user, base, buffer.count, &found) == 0,
            unsafe found != nil, let name = unsafe user.pw_name
        else { return nil }
        return unsafe String(cString: name)
    }
}
