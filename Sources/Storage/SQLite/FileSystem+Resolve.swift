import Glibc
import Identity
import System

extension FileSystem {
    /// The number of symbolic links that the kernel follows one after another (path_resolution(7)).
    private static let mostLinks = 40

    /// Follows every symbolic link in a path, also a last one whose target does not exist yet.
    ///
    /// SQLite does the same and keeps what belongs to a database beside the file at the end, so that is the path by
    /// which everything else has to look for those files too.
    ///
    /// - Returns: the absolute path, without links as far as its folders exist.
    static func resolve(_ name: String) throws(StoreError) -> String {
        var path = name
        for _ in 0...mostLinks {
            let (real, code) = realPath(path)
            if let real { return real }
            switch code {
            case ENOENT: break
            case ENOTDIR: return inRealFolder(path)
            case ELOOP: throw circle(name)
            default: throw unreachable(name, code)
            }
            guard let target = linkTarget(path) else { return inRealFolder(path) }
            path = target.hasPrefix("/") ? target : "\(folder(of: path))/\(target)"
        }
        throw circle(name)
    }

    /// The path from the root folder, with its links.
    static func absolute(_ path: String) -> String {
        path.hasPrefix("/") ? path : "\(currentFolder)/\(path)"
    }

    private static var currentFolder: String {
        guard let folder = unsafe getcwd(nil, 0) else { return "." }
        defer { unsafe free(folder) }
        return unsafe String(cString: folder)
    }

    /// The path of a file that does not exist. Links in the path of its folder are followed, if that exists.
    private static func inRealFolder(_ path: String) -> String {
        guard let real = realPath(folder(of: path)).path else { return absolute(path) }
        let name = path.split(separator: "/", omittingEmptySubsequences: false).last ?? ""
        return real == "/" ? "/\(name)" : "\(real)/\(name)"
    }

    /// The path for people, with where it leads if that is elsewhere.
    static func naming(_ name: String, at path: String) -> String {
        name == path || absolute(name) == path ? name : "\(name), which leads to \(path)"
    }

    private static func realPath(_ path: String) -> (path: String?, code: Int32) {
        let real = unsafe realpath(path, nil)
        let code = errno
        guard let real = unsafe real else { return (nil, code) }
        defer { unsafe free(real) }
        return (unsafe String(cString: real), 0)
    }

    /// - Returns: `nil` if it is not a symbolic link.
    private static func linkTarget(_ path: String) -> String? {
        var bytes = [CChar](repeating: 0, count: Int(PATH_MAX))
        let count = unsafe readlink(path, &bytes, bytes.count)
        return count > 0 ? String(decoding: bytes.prefix(count).map { UInt8(bitPattern: $0) }, as: UTF8.self) : nil
    }

    private static func circle(_ name: String) -> StoreError {
        StoreError(.unusable, "the symbolic links of \(name) lead round in a circle: name the file itself")
    }

    private static func unreachable(_ name: String, _ code: Int32) -> StoreError {
        StoreError(.unavailable, "could not reach \(name): \(pathFault(absolute(name), code))")
    }
}
