import Foundation
import Glibc
import Testing

extension Integration {
    /// The state folder of `deploy/quickstart`, in which root writes files and by which it ends processes.
    struct QuickstartTests {
        /// In a folder that is for all, as /tmp is, and in which nobody can move what is another's.
        private let folder: ScratchFolder
        private let state: String
        private let nobody: uid_t = 65534

        init() throws {
            folder = try ScratchFolder()
            state = folder.path("parent/state")
            try FileManager.default.createDirectory(
                atPath: state, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o755])
        }

        /// Runs it up to where it looks for a binary, which is before it changes anything.
        private func quickstart(_ arguments: [String] = [], state: String, port: String? = nil) throws -> String {
            let outcome = try run(
                "\(Paths.root)/deploy/quickstart", arguments,
                environment: [
                    "POSTERN_STATE": state, "POSTERN_BINARY": "/nowhere/postern",
                    "POSTERN_PORT": try port ?? String(Deployment.freePort()),
                ])
            #expect(outcome.status == 1)
            return outcome.errors
        }

        @Test(.enabled(if: geteuid() == 0, "only root can give a folder to another user"))
        func `root refuses a state folder that others own or may write in, or that is below such a one`() throws {
            let parent = folder.path("parent")
            for path in [state, parent] {
                #expect(unsafe chown(path, nobody, nobody) == 0)
                #expect(try quickstart(state: state).contains("\(path) belongs to another user"))
                #expect(try quickstart(["--stop"], state: state).contains("\(path) belongs to another user"))
                #expect(unsafe chown(path, 0, 0) == 0)
                for mode in [0o777, 0o775] as [mode_t] {
                    #expect(unsafe chmod(path, mode) == 0 && chown(path, 0, nobody) == 0)
                    #expect(try quickstart(state: state).contains("others may write in \(path)"), "\(mode)")
                    #expect(unsafe chmod(path, 0o755) == 0 && chown(path, 0, 0) == 0)
                }
            }
            // Below /tmp too, where others may write, and nobody can move it.
            #expect(try quickstart(state: state).contains("does not name an executable file"))
            #expect(try quickstart(state: "\(state)/new").contains("does not name an executable file"))
        }

        @Test(.enabled(if: geteuid() == 0, "it is root to whom links are not safe"))
        func `root follows no symbolic link to the state, nor in it`() throws {
            let link = folder.path("link")
            try FileManager.default.createSymbolicLink(atPath: link, withDestinationPath: folder.path("parent"))
            for path in [link, "\(link)/state"] {
                #expect(try quickstart(state: path).contains("leads through a symbolic link"), "\(path)")
            }
            try FileManager.default.createSymbolicLink(atPath: "\(state)/log", withDestinationPath: "/tmp")
            #expect(try quickstart(state: state).contains("\(state)/log is not a folder that belongs to root"))
        }

        @Test func `the version of a cluster is digits, and never a part of a path`() throws {
            let data = "\(state)/postgresql/data"
            try FileManager.default.createDirectory(atPath: data, withIntermediateDirectories: true)
            for version in ["../../../tmp\n", "15 /tmp\n", ""] {
                try version.write(toFile: "\(data)/PG_VERSION", atomically: false, encoding: .utf8)
                let outcome = try run(
                    "\(Paths.root)/deploy/quickstart",
                    environment: [
                        "POSTERN_STATE": state, "POSTERN_BINARY": "/bin/true",
                        "POSTERN_PORT": String(Deployment.freePort()),
                    ])
                #expect(outcome.status == 1)
                #expect(outcome.errors.contains("is not the version of a cluster"), "\(outcome.errors)")
            }
        }

        @Test func `a port that Kubernetes sets for a service called postern is not taken for one`() throws {
            #expect(try !quickstart(state: state, port: "tcp://10.96.0.17:80").contains("POSTERN_PORT must be"))
            #expect(try quickstart(state: state, port: "tcp").contains("POSTERN_PORT must be"))
        }
    }
}
