import Foundation
import Glibc
import System
import Testing

/// The words for system calls that failed on a path.
struct PathFaultTests {
    /// A folder that goes away with its last user.
    private final class Folder {
        let path = FileManager.default.temporaryDirectory.appendingPathComponent("postern-\(UUID().uuidString)").path

        init() throws {
            try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        }

        deinit { try? FileManager.default.removeItem(atPath: path) }

        func path(_ name: String) -> String { "\(path)/\(name)" }
    }

    private let folder: Folder

    init() throws {
        folder = try Folder()
    }

    /// The words for the failure of opening a path.
    private func openingFault(_ path: String, _ flags: Int32 = O_RDONLY) -> String {
        do throws(SystemError) {
            close(try valueOrErrno("open") { unsafe open(path, flags | O_CLOEXEC, 0o600) })
            return "none"
        } catch {
            return pathFault(path, error.code)
        }
    }

    @Test func `the first missing folder is named, or the file`() throws {
        #expect(openingFault(folder.path("none")) == "\(folder.path("none")) does not exist")
        #expect(
            openingFault(folder.path("a/b/c"))
                == "the folder \(folder.path("a")) does not exist: make it, or name another path")
        #expect(openingFault("none/at/all").hasPrefix("the folder none does not exist"))
    }

    @Test func `a file in a folder's place, and a directory in a file's place, are told`() throws {
        try Data().write(to: URL(fileURLWithPath: folder.path("file")))
        let below = openingFault(folder.path("file/a/b"))
        #expect(below == "\(folder.path("file")) is a file, not a folder: name another path")
        #expect(openingFault(folder.path, O_WRONLY) == "\(folder.path) is a directory: name a file")
    }

    @Test func `no room, a read-only file system and a faulty disk each have words of their own`() {
        for (code, words) in [
            (ENOSPC, "no space is left for /x"), (EDQUOT, "no space is left for /x"),
            (EROFS, "the file system of /x is read-only"), (EIO, "the disk of /x has a fault"),
            (EMFILE, "too many files are open"), (EXDEV, "/x: \(errorText(EXDEV))"),
        ] {
            #expect(pathFault("/x", code).hasPrefix(words))
        }
    }

    @Test func `what keeps a file from being used or made is found beforehand`() throws {
        #expect(pathObstacle(folder.path("new"), mode: R_OK | W_OK) == nil)
        let missing = try #require(pathObstacle(folder.path("a/b"), mode: R_OK))
        #expect(missing == (folder.path("a/b"), ENOENT))
        try Data().write(to: URL(fileURLWithPath: folder.path("file")))
        #expect(pathObstacle(folder.path("file"), mode: R_OK | W_OK) == nil)
        #expect(try #require(creationObstacle(folder.path("file/x"))) == (folder.path("file/x"), ENOTDIR))
    }

    @Test(.enabled(if: geteuid() != 0, "root may do everything"))
    func `no permission names what has none`() throws {
        try FileManager.default.createDirectory(
            atPath: folder.path("closed"), withIntermediateDirectories: false, attributes: [.posixPermissions: 0])
        #expect(openingFault(folder.path("closed/x")).hasPrefix("no permission for \(folder.path("closed"))"))
        #expect(
            openingFault("/etc/shadow") == "no permission for /etc/shadow, which belongs to root: run this as that "
                + "user, or see `ls -ld /etc/shadow`")
    }
}
