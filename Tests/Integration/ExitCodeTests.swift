import Foundation
import Identity
import TestSupport
import Testing

@testable import postern

extension Integration {
    /// The exit codes after sysexits(3), as the manual's table has them.
    struct ExitCodeTests {
        @Test func `every kind of failure ends with the code that the manual says`() throws {
            let deployment = try Deployment(serves: false)
            for (command, status) in [
                (["account", "list"], 0), (["account", "list", "--bogus"], 64),
                (["account", "create", "--email", "nowhere", "--organization", "example", "--no-password"], 65),
                (["init", "--organization", "Again"], 65), (["restore", "/nowhere"], 66),
                (["account", "import", "/nowhere"], 66), (["account", "show", "nobody@example.test"], 67),
                (["session", "end", "owner@example.test", "sess_0000000000000000"], 67),
                (["backup", "/nowhere/x"], 74),
            ] as [([String], Int32)] {
                let outcome = try deployment.postern(command)
                #expect(outcome.status == status, "\(command): \(outcome.errors)")
                #expect(outcome.errors.isEmpty == (status == 0), "\(command)")
            }
            let full = try run(
                "sh", ["-c", "\(Paths.binary) account list >/dev/full"], environment: deployment.environment)
            #expect(full.status == 74)
            #expect(try deployment.postern(["check"], environment: ["POSTERN_WORKERS": "0"]).status == 78)
        }

        @Test func `a store that does not answer in time ends with 69, and damage with 70`() throws {
            let deployment = try Deployment(serves: false)
            let locked = try TestDatabase(deployment.database).whileLocked {
                try deployment.postern(["organization", "create", "Other"])
            }
            #expect(locked.status == 69)
            #expect(locked.errors.contains("another process holds the lock for too long: end it (`fuser "))
            try deployment.execute("PRAGMA ignore_check_constraints = ON; UPDATE account SET roles = 999")
            let damaged = try deployment.postern(["account", "list"])
            #expect(damaged.status == 70, "\(damaged.errors)")
        }

        @Test func `what may be repeated ends with 75`() {
            let errors: [AuthenticationError] = [
                .overloaded(retryAfter: 1), .tooManyLists(retryAfter: 1),
                .tooManyAttempts(retryAfter: 1, by: .registration),
            ]
            for error in errors { #expect(CommandFailure(error).code == .temporary) }
        }

        @Test func `the manual has a row for every code`() throws {
            let manual = try Repository.text("deploy/manual/commands.md")
            let rows = manual.matches(of: #/\n\| (\d\d?) \| /#).compactMap { Int32($0.1) }
            let codes = CommandFailure.Code.allCases.map(\.rawValue)
            #expect(Set(rows) == Set(codes + [0, 64]))
            #expect(rows == rows.sorted())
        }
    }
}
