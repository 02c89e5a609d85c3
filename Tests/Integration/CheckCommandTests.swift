import Foundation
import Testing

extension Integration {
    struct CheckCommandTests {
        private func firstLine(_ outcome: Outcome) -> String {
            String(outcome.text.prefix { $0 != "\n" })
        }

        @Test func `the verdict comes first, then faults and warnings, then what is not as by default`() throws {
            let deployment = try Deployment(serves: false)
            let sound = try deployment.successful(["check"])
            #expect(firstLine(sound) == "OK: no faults")
            #expect(sound.text.contains("POSTERN_DATABASE=\(deployment.database)  (environment)"))
            #expect(!sound.text.contains("POSTERN_WORKERS"))
            let all = try deployment.successful(["check", "--all"])
            #expect(firstLine(all) == "OK: no faults")
            #expect(all.text.contains("POSTERN_WORKERS=16  (default)"))
            let warned = try deployment.postern(["check"], environment: ["POSTERN_THROTTLE": "false"])
            #expect(warned.status == 0)
            #expect(firstLine(warned) == "OK: no faults, 1 warning")
            let wrong = try deployment.postern(
                ["check"],
                environment: ["POSTERN_WORKERS": "none", "POSTERN_TYPO": "1", "POSTERN_LISTEN": "unix:/nowhere/p.sock"])
            #expect(wrong.status == 78)
            let lines = wrong.text.split(separator: "\n")
            #expect(lines.first == "3 faults:")
            #expect(lines.dropFirst().prefix(3).allSatisfy { $0.hasPrefix("fault: ") })
            #expect(wrong.text.contains("fault: the folder /nowhere does not exist"))
            let scripts = try deployment.successful(["check", "--json"]).object
            #expect(
                (scripts["settings"] as? [[String: Any]])?.contains { $0["key"] as? String == "POSTERN_WORKERS" }
                    == true)
        }

        @Test func `a setting that repeats its default does not differ from it`() throws {
            let deployment = try Deployment(serves: false)
            let text = try deployment.postern(["check"], environment: ["POSTERN_WORKERS": "16"]).text
            #expect(!text.contains("POSTERN_WORKERS"))
        }

        @Test func `the settings alone are checked without a database and a socket, as before a reload`() throws {
            let nowhere = [
                "POSTERN_DATABASE": "/nowhere/p", "POSTERN_LISTEN": "unix:/nowhere/s", "POSTERN_CONFIG": "/dev/null",
            ]
            let sound = try run(Paths.binary, ["check", "--settings"], environment: nowhere)
            #expect(sound.status == 0, "\(sound.text)")
            #expect(try run(Paths.binary, ["check"], environment: nowhere).status == 78)
            let wrong = try run(
                Paths.binary, ["check", "--settings"],
                environment: nowhere.merging(["POSTERN_PUBLIC_LOGIN": "maybe"]) { $1 })
            #expect(wrong.status == 78)
            #expect(wrong.text.contains("POSTERN_PUBLIC_LOGIN=maybe is not true or false"))
        }

        @Test func `the unit checks the settings before it tells the process to read them`() throws {
            let unit = try String(contentsOfFile: "\(Paths.root)/deploy/systemd/postern.service", encoding: .utf8)
            let reloads = unit.split(separator: "\n").filter { $0.hasPrefix("ExecReload=") }
            #expect(reloads.first == "ExecReload=/usr/bin/env POSTERN_KEY_FILE= /usr/bin/postern check --settings")
            #expect(reloads.count == 2 && reloads.last?.contains("kill -HUP") == true)
        }
    }
}
