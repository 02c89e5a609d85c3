import Foundation
import Testing

extension Integration {
    /// The threads of a responder.
    struct ThreadTests {
        /// libdispatch's own threads report on standard error that the hardened unit forbids them their priority:
        /// "Failed to set thread priority for worker thread".
        @Test func `all of them are the program's own, and none is libdispatch's`() throws {
            let deployment = try Deployment(serves: false)
            try deployment.serve()
            _ = try deployment.logIn("owner@example.test", password: Deployment.ownerPassword, by: .responder)
            #expect(try deployment.request("GET", "/account", bearer: deployment.token, by: .responder).status == 200)
            let registration = Deployment.registration("ann@example.test")
            #expect(
                try deployment.request(
                    "POST", "/auth/register", bearer: deployment.token, body: registration, by: .responder
                ).status == 200)
            let tasks = "/proc/\(deployment.responderID)/task"
            let names = try FileManager.default.contentsOfDirectory(atPath: tasks).map {
                try String(contentsOfFile: "\(tasks)/\($0)/comm", encoding: .utf8).trimmingCharacters(in: .newlines)
            }
            #expect(names.contains("work queue") && names.contains { $0.hasPrefix("worker ") })
            let known = ["postern", "work queue", "log", "housekeeping", "signals", "notifier"]
            let strange = names.filter { !known.contains($0) && !$0.hasPrefix("worker ") }
            #expect(strange.isEmpty, "\(strange)")
        }
    }
}
