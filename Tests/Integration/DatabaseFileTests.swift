import Foundation
import Glibc
import Testing

extension Integration {
    /// The place of the database and the access to it, as an operator sets them up.
    struct DatabaseFileTests {
        /// A deployment whose database is named by a symbolic link.
        private func linked() throws -> (deployment: Deployment, link: String, file: String, folder: ScratchFolder) {
            let folder = try ScratchFolder()
            let (link, file) = (folder.path("name/postern.sqlite3"), folder.path("data/real.sqlite3"))
            for name in ["name", "data"] {
                try FileManager.default.createDirectory(
                    atPath: folder.path(name), withIntermediateDirectories: false,
                    attributes: [.posixPermissions: 0o700])
            }
            try FileManager.default.createSymbolicLink(atPath: link, withDestinationPath: file)
            return (try Deployment(serves: false, settings: ["POSTERN_DATABASE": link]), link, file, folder)
        }

        @Test func `behind a link, a -wal deleted in use refuses what writes, and a restart has all`() throws {
            let (deployment, _, file, folder) = try linked()
            defer { withExtendedLifetime(folder) {} }
            try deployment.serve()
            var acknowledged: [String] = []
            for number in 0..<3 {
                let email = "early\(number)@example.test"
                if try deployment.send.register(email) == 200 { acknowledged.append(email) }
            }
            #expect(acknowledged.count == 3)
            try FileManager.default.removeItem(atPath: "\(file)-wal")
            for number in 0..<5 {
                let email = "late\(number)@example.test"
                let status = try deployment.send.register(email)
                #expect(status == 503)
                if status == 200 { acknowledged.append(email) }
            }
            let log = try String(contentsOfFile: deployment.log, encoding: .utf8)
            #expect(log.contains("\(file)-wal was deleted or replaced"))
            deployment.stopResponder(SIGKILL)
            let accounts = try deployment.successful(["account", "list"]).text
            for email in acknowledged { #expect(accounts.contains(email), "\(email)") }
        }

        @Test func `a link stays one through backup and restore`() throws {
            let (deployment, link, file, folder) = try linked()
            let backup = folder.path("backup")
            try deployment.successful(["backup", backup])
            let restored = try deployment.successful(["restore", backup, "--json"]).object
            #expect(try FileManager.default.destinationOfSymbolicLink(atPath: link) == file)
            #expect((restored["kept"] as? String)?.hasPrefix("\(file).before-restore-") == true)
            #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path("name")) == ["postern.sqlite3"])
            try deployment.successful(["check", "--database"])
        }

        @Test func `a database that others can read is closed by check, serve and a CGI run, which say so`() throws {
            let deployment = try Deployment(serves: false)
            func open() throws {
                try FileManager.default.setAttributes([.posixPermissions: 0o644], ofItemAtPath: deployment.database)
            }
            func mode() throws -> Int? {
                try FileManager.default.attributesOfItem(atPath: deployment.database)[.posixPermissions] as? Int
            }
            try open()
            let checked = try deployment.successful(["check", "--json"])
            let warnings = try #require(checked.object["warnings"] as? [String])
            #expect(warnings.contains { $0.contains("others could read") }, "\(warnings)")
            #expect(try mode() == 0o600)
            try open()
            #expect(try deployment.status(of: deployment.token, by: .cgi) == 200)
            #expect(try mode() == 0o600)
            try open()
            try deployment.serve()
            #expect(try mode() == 0o600)
            #expect(try String(contentsOfFile: deployment.log, encoding: .utf8).contains("others could read"))
        }

        @Test(.enabled(if: geteuid() == 0, "only root can give a file to another user"))
        func `a database that others can read and this user cannot close is refused, with the remedy`() throws {
            let deployment = try Deployment(serves: false)
            try FileManager.default.setAttributes([.posixPermissions: 0o666], ofItemAtPath: deployment.database)
            #expect(unsafe chmod(deployment.folder.path, 0o777) == 0)
            let user = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", Paths.binary]
            let environment = deployment.environment.merging(["POSTERN_LISTEN": "127.0.0.1:1024"]) { $1 }
            for command in [["check"], ["serve"], ["account", "list"]] {
                let refused = try run(user[0], Array(user.dropFirst()) + command, environment: environment)
                #expect(refused.status == 78, "\(command)")
                let words = refused.text + refused.errors
                #expect(words.contains("run `chmod 0600 \(deployment.database)` as its owner"), "\(words)")
            }
            let cgi = environment.merging(["REQUEST_METHOD": "GET", "PATH_INFO": "/api/v1/auth/verify"]) { $1 }
            let answer = try run(user[0], Array(user.dropFirst()), environment: cgi)
            #expect(answer.text.hasPrefix("Status: 503"))
            #expect(answer.errors.contains("others can read"))
        }
    }
}
