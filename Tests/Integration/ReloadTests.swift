import Foundation
import Glibc
import Testing

/// `SIGHUP` while requests are being answered.
extension Integration {
    struct ReloadTests {
        /// Writes the environment file, sends `SIGHUP`, and waits for the log to say something new.
        private func reload(_ deployment: Deployment, _ lines: [String], until word: String) throws -> String {
            let before = try String(contentsOfFile: deployment.log, encoding: .utf8).utf8.count
            try lines.joined(separator: "\n").write(
                toFile: deployment.folder.path("postern.env"), atomically: true, encoding: .utf8)
            kill(deployment.responderID, SIGHUP)
            for _ in 0..<200 {
                let log = try String(contentsOfFile: deployment.log, encoding: .utf8)
                let new = String(decoding: log.utf8.dropFirst(before), as: UTF8.self)
                if new.contains(word) { return new }
                usleep(25_000)
            }
            throw Deployment.Failure(what: "the log never said \(word)")
        }

        private func loginWithoutToken(_ deployment: Deployment) throws -> String? {
            try deployment.curl([
                "-X", "POST", "\(deployment.base)/auth/login", "-H", "Content-Type: application/json", "--data-binary",
                "{}",
            ]).code
        }

        @Test func `reloadable changes take effect at once, and the log names them`() throws {
            let deployment = try Deployment()
            let process = deployment.responderID
            #expect(try loginWithoutToken(deployment) == "unauthenticated")
            let log = try reload(deployment, ["POSTERN_PUBLIC_LOGIN=true"], until: "reloaded")
            #expect(log.contains("changed=POSTERN_PUBLIC_LOGIN keys=none\n"))
            #expect(try loginWithoutToken(deployment) == "invalid_request")
            let short = Deployment.registration("short@example.test", password: "ten chars!")
            #expect(try deployment.post("/auth/register", short).status == 200)
            _ = try reload(
                deployment, ["POSTERN_PASSWORD_MINIMUM_LENGTH=15", "POSTERN_INSECURE_COOKIE=true"],
                until: "sessions can be read on the network")
            #expect(try loginWithoutToken(deployment) == "unauthenticated")
            let another = Deployment.registration("other@example.test", password: "ten chars!")
            #expect(try deployment.post("/auth/register", another).status == 400)
            let login = try deployment.post("/auth/login", short)
            #expect(login.values("set-cookie").first?.hasPrefix("postern_session=") == true)
            #expect(deployment.responderID == process)
            #expect(deployment.stopResponder() == 0)
        }

        @Test func `a reload takes a new list of breached passwords, and refuses a broken one`() throws {
            let deployment = try Deployment()
            let list = deployment.folder.path("breached")
            func build(_ digest: String) throws {
                let built = try deployment.postern(
                    ["password", "build-breached", "--from", "-", "--into", list], input: "\(digest):1\n")
                #expect(built.status == 0, "\(built.errors)")
            }
            func register(_ name: String) throws -> Int {
                let body = Deployment.registration("\(name)@example.test", password: "correct horse battery staple")
                return try deployment.post("/auth/register", body).status
            }
            try build("0123456789ABCDEF0123456789ABCDEF01234567")
            let setting = "POSTERN_PASSWORD_BREACHED"
            _ = try reload(deployment, ["\(setting)=\(list)"], until: "changed=\(setting)")
            #expect(try register("ann") == 200)
            try build("ABF7AAD6438836DBE526AA231ABDE2D0EEF74D42")
            #expect(try register("bob") == 200, "the old list is in use until the reload")
            _ = try reload(deployment, ["POSTERN_PASSWORD_BREACHED=\(list)"], until: "changed=nothing")
            #expect(try register("cid") == 400)
            try Data(contentsOf: URL(fileURLWithPath: list)).dropLast().write(to: URL(fileURLWithPath: "\(list).cut"))
            let log = try reload(
                deployment, ["POSTERN_PASSWORD_BREACHED=\(list).cut"], until: "POSTERN_PASSWORD_BREACHED")
            #expect(log.contains("not reloaded") && log.contains("cut short"))
            #expect(try register("cid") == 400, "the list of before stays in use")
        }

        @Test func `a faulty reload changes nothing, and every fault is reported`() throws {
            let deployment = try Deployment()
            let log = try reload(
                deployment, ["POSTERN_PUBLIC_LOGIN=true", "POSTERN_WORKERS=none", "POSTERN_TYPO=1"],
                until: "POSTERN_TYPO")
            _ = try reload(deployment, ["POSTERN_PUBLIC_LOGIN=maybe"], until: "maybe")
            #expect(log.contains("not reloaded"))
            #expect(try loginWithoutToken(deployment) == "unauthenticated")
            _ = try reload(deployment, [], until: "changed=nothing")
        }

        @Test func `changes that need a restart are named until there is one`() throws {
            let deployment = try Deployment()
            for _ in 0..<2 {
                let log = try reload(
                    deployment, ["POSTERN_WORKERS=3", "POSTERN_LOG_LEVEL=notice"], until: "a restart is needed")
                #expect(log.contains("changed=POSTERN_WORKERS\n"))
            }
            let before = try String(contentsOfFile: deployment.log, encoding: .utf8)
            #expect(try deployment.post("/auth/login", "{}").status == 400)
            #expect(try String(contentsOfFile: deployment.log, encoding: .utf8) == before)
        }

        @Test func `no request is lost while settings are read again and again`() throws {
            let deployment = try Deployment(serves: false)
            try deployment.startResponder()
            try deployment.startNginx(isLimited: false)
            try deployment.waitUntilReady()
            let load = try Load(deployment)
            for _ in 0..<100 {
                kill(deployment.responderID, SIGHUP)
                usleep(20_000)
            }
            let result = try load.stop()
            #expect(result.failed == 0 && result.answered > 100, "\(result.text)")
        }
    }
}
