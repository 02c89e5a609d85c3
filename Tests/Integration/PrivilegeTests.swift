import Foundation
import Glibc
import Testing

/// The rights of the responder, as the kernel reports them.
extension Integration {
    struct PrivilegeTests {
        @Test func `the responder can gain no right, and leaves no core dump`() throws {
            let deployment = try Deployment()
            let process = deployment.responderID
            let threads = try FileManager.default.contentsOfDirectory(atPath: "/proc/\(process)/task")
            #expect(threads.count > 10)
            for thread in threads {
                let status = try ProcessStatus("/proc/\(process)/task/\(thread)/status")
                #expect(status["NoNewPrivs"] == "1")
                for kind in ["CapInh", "CapPrm", "CapEff", "CapAmb"] { #expect(status[kind] == "0000000000000000") }
                if geteuid() == 0 { #expect(status["CapBnd"] == "0000000000000000") }
            }
            let limits = try String(contentsOfFile: "/proc/\(process)/limits", encoding: .utf8)
            #expect(limits.contains(#/Max core file size +0 +0\b/#))
            // A process that must not be dumped shows itself to root alone.
            let owner = try FileManager.default.attributesOfItem(atPath: "/proc/\(process)/mem")[.ownerAccountID]
            #expect(owner as? Int == 0)
            #expect(try ProcessStatus(of: process)["Umask"] == "0077")
        }

        @Test func `started as root the responder warns of it`() throws {
            let deployment = try Deployment()
            let log = try String(contentsOfFile: deployment.log, encoding: .utf8)
            #expect(log.contains("running as root") == (geteuid() == 0))
        }

        @Test func `memory is locked where the limit allows it, and the log says so`() throws {
            let deployment = try Deployment()
            let log = try String(contentsOfFile: deployment.log, encoding: .utf8)
            let limits = try String(contentsOfFile: "/proc/\(deployment.responderID)/limits", encoding: .utf8)
            let isUnlimited = limits.contains(#/Max locked memory +unlimited/#)
            let locked = try ProcessStatus(of: deployment.responderID)["VmLck"]
            #expect((locked != "0 kB") == isUnlimited)
            #expect(log.contains(isUnlimited ? "memory=locked" : #"memory="may be swapped"#))
        }

        @Test(.enabled(if: geteuid() == 0, "only root can become another user"))
        func `started as root it becomes the user that it is told, and works as that one`() throws {
            let deployment = try Deployment(serves: false)
            // The database, the socket and the folder of both belong to the user; the log does not.
            let numbers = unsafe getpwnam("nobody").map { unsafe ($0.pointee.pw_uid, $0.pointee.pw_gid) }
            let (user, group) = try #require(numbers)
            for path in [deployment.folder.path]
                + ["", "-wal", "-shm"].map({ deployment.folder.path("postern.sqlite3\($0)") })
            {
                unsafe chown(path, user, group)
            }
            try deployment.startResponder(["serve", "--user", "nobody"])
            try deployment.startNginx()
            try deployment.waitUntilReady()
            let status = try ProcessStatus(of: deployment.responderID)
            #expect(status["Uid"] == "\(user)\t\(user)\t\(user)\t\(user)")
            #expect(status["Gid"] == "\(group)\t\(group)\t\(group)\t\(group)")
            #expect(status["Groups"] == "\(group)")
            #expect(status["CapBnd"] == "0000000000000000")
            #expect(try !String(contentsOfFile: deployment.log, encoding: .utf8).contains("running as root"))
            let body = Deployment.registration("ann@example.test")
            #expect(try deployment.post("/auth/register", body).status == 200)
            #expect(deployment.stopResponder() == 0)
            #expect(!FileManager.default.fileExists(atPath: deployment.socket))
        }

        @Test func `a user or group that the process cannot take is refused`() throws {
            let deployment = try Deployment(serves: false)
            let unknown = try deployment.postern(["serve", "--user", "no-such-user"])
            #expect(unknown.status == 78 && unknown.errors.contains("no-such-user"))
            let group = try deployment.postern(["serve", "--user", "nobody", "--group", "no-such-group"])
            #expect(group.status == 78 && group.errors.contains("no-such-group"))
            #expect(try deployment.postern(["serve", "--group", "nogroup"]).status == 64)
            #expect(
                try FileManager.default.contentsOfDirectory(atPath: deployment.folder.path).allSatisfy {
                    !$0.hasPrefix(".psock")
                })
        }
    }
}
