import Foundation
import Glibc
import Testing

extension Integration {
    /// The source of settings, and other things in the place of a settings file.
    struct SettingsFileTests {
        private func check(_ deployment: Deployment, _ environment: [String: String]) throws -> Outcome {
            try deployment.postern(["check", "--json"], environment: environment)
        }

        private func strings(_ outcome: Outcome, _ key: String) -> String {
            (outcome.object[key] as? [String] ?? []).joined(separator: "\n")
        }

        @Test func `the variables that Kubernetes makes for a service called postern are ignored, with a warning`()
            throws
        {
            let deployment = try Deployment(serves: false)
            let variables = [
                "POSTERN_SERVICE_HOST": "10.96.0.17", "POSTERN_SERVICE_PORT": "80", "POSTERN_SERVICE_PORT_HTTP": "80",
                "POSTERN_PORT": "tcp://10.96.0.17:80", "POSTERN_PORT_80_TCP": "tcp://10.96.0.17:80",
                "POSTERN_PORT_80_TCP_PROTO": "tcp", "POSTERN_PORT_80_TCP_PORT": "80",
                "POSTERN_PORT_80_TCP_ADDR": "10.96.0.17", "POSTERN_AUTH_SERVICE_HOST": "fd00::17",
                "POSTERN_AUTH_PORT": "tcp://[fd00::17]:9000", "POSTERN_AUTH_PORT_9000_UDP_ADDR": "fd00::17",
            ]
            let checked = try check(deployment, variables)
            #expect(checked.status == 0, "\(checked.text)")
            for name in variables.keys { #expect(strings(checked, "warnings").contains(name), "\(name)") }
            let serving = try Deployment(serves: false, settings: variables)
            try serving.serve()
            let log = try String(contentsOfFile: serving.log, encoding: .utf8)
            #expect(log.contains("warning") && log.contains("POSTERN_SERVICE_HOST") && log.contains("Kubernetes"))
            let cgi = variables.merging(["REQUEST_METHOD": "GET", "PATH_INFO": "/api/v1/auth/session"]) { $1 }
            #expect(try deployment.postern([], environment: cgi).text.hasPrefix("Status: 401"))
        }

        @Test(arguments: [
            ("POSTERN_PORT", "8443"), ("POSTERN_SERVICE_HOST", "auth.example.org"), ("POSTERN_SERVICE_PORT", "http"),
            ("POSTERN_PORT_80_TCP_PROTO", "ftp"), ("POSTERN_WORKER", "3"), ("POSTERN_PORT", "tcp://10.0.0.1:80 x"),
            ("POSTERN_PORT_80", "tcp://10.0.0.1:80"), ("POSTERNS_PORT", "x"), ("POSTERN_STATE", "/tmp"),
        ])
        func `any other unknown variable is refused`(name: String, value: String) throws {
            let deployment = try Deployment(serves: false)
            let checked = try check(deployment, [name: value])
            let isOurs = name.hasPrefix("POSTERN_")
            #expect(checked.status == (isOurs ? 78 : 0))
            #expect(strings(checked, "faults").contains("\(name) is unknown") == isOurs)
        }

        @Test func `in the file the variables of Kubernetes are wrong, for somebody has written them there`() throws {
            let deployment = try Deployment(serves: false)
            let file = deployment.folder.path("other.env")
            try "POSTERN_PORT=tcp://10.0.0.1:80\n".write(toFile: file, atomically: true, encoding: .utf8)
            let checked = try check(deployment, ["POSTERN_CONFIG": file])
            #expect(checked.status == 78)
            #expect(strings(checked, "faults").contains("POSTERN_PORT is unknown"))
        }

        @Test func `the null device stands for no settings`() throws {
            let deployment = try Deployment(serves: false)
            let link = deployment.folder.path("null")
            try FileManager.default.createSymbolicLink(atPath: link, withDestinationPath: "/dev/null")
            for name in ["/dev/null", link] {
                let checked = try check(deployment, ["POSTERN_CONFIG": name])
                #expect(checked.status == 0, "\(checked.text)")
                let text = try deployment.postern(["check"], environment: ["POSTERN_CONFIG": name]).text
                #expect(text.contains("settings file: none"))
            }
        }

        @Test func `a path that is not a settings file is refused at once, with the reason`() throws {
            let deployment = try Deployment(serves: false)
            let path = { deployment.folder.path($0) }
            #expect(unsafe mkfifo(path("fifo"), 0o600) == 0)
            try FileManager.default.createSymbolicLink(atPath: path("dangling"), withDestinationPath: path("nowhere"))
            try Data([0xFF, 0xFE, 0x50, 0x00]).write(to: URL(fileURLWithPath: path("utf-16")))
            try Data("POSTERN_WORKERS=3\0\n".utf8).write(to: URL(fileURLWithPath: path("null-byte")))
            try Data(count: 2 << 20).write(to: URL(fileURLWithPath: path("large")))
            for (name, words) in [
                ("", "POSTERN_CONFIG= is empty"), (path("fifo"), "not a regular file"),
                (deployment.folder.path, "is a directory: name a file"), ("/dev/zero", "not a regular file"),
                (path("dangling"), "does not exist"), (path("none"), "does not exist"),
                ("/etc/passwd/x", "/etc/passwd is a file"), (path("utf-16"), "not UTF-8 text"),
                (path("null-byte"), "not UTF-8 text"), (path("large"), "longer than 1 MiB"),
            ] {
                let checked = try check(deployment, ["POSTERN_CONFIG": name])
                #expect(checked.status == 78, "\(name)")
                #expect(strings(checked, "faults").contains(words), "\(name): \(strings(checked, "faults"))")
            }
        }

        @Test func `a byte order mark before the first line is not part of it`() throws {
            let deployment = try Deployment(serves: false)
            let file = deployment.folder.path("windows.env")
            try Data("\u{FEFF}POSTERN_WORKERS=3\r\nPOSTERN_HASH_QUEUE=7\r\n".utf8).write(to: URL(fileURLWithPath: file))
            let text = try deployment.postern(["check"], environment: ["POSTERN_CONFIG": file]).text
            #expect(text.contains("POSTERN_WORKERS=3 ") && text.contains("POSTERN_HASH_QUEUE=7 "))
        }

        @Test func `settings that everybody may change are warned about`() throws {
            let deployment = try Deployment(serves: false)
            let file = deployment.folder.path("open.env")
            try "# empty\n".write(toFile: file, atomically: true, encoding: .utf8)
            for (mode, isOpen) in [(0o666, true), (0o664, false), (0o644, false)] {
                try FileManager.default.setAttributes([.posixPermissions: mode], ofItemAtPath: file)
                let checked = try check(deployment, ["POSTERN_CONFIG": file])
                #expect(strings(checked, "warnings").contains("everybody may change the settings") == isOpen)
            }
        }

        @Test(.enabled(if: geteuid() == 0, "only root can become another user"))
        func `settings that this user cannot read are a fault, and not taken for none`() throws {
            let deployment = try Deployment(serves: false)
            try FileManager.default.createDirectory(
                atPath: deployment.folder.path("closed"), withIntermediateDirectories: false,
                attributes: [.posixPermissions: 0o700])
            let file = deployment.folder.path("closed/postern.env")
            try "# empty\n".write(toFile: file, atomically: true, encoding: .utf8)
            let refused = try run(
                "setpriv", ["--reuid=65534", "--regid=65534", "--clear-groups", Paths.binary, "check", "--json"],
                environment: deployment.environment.merging(["POSTERN_CONFIG": file]) { $1 })
            #expect(refused.status == 78)
            #expect(
                strings(refused, "faults").contains(
                    "no permission for \(deployment.folder.path("closed")), which belongs to root"))
        }
    }
}
