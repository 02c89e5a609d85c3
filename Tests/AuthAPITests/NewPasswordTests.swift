import Cryptography
import Foundation
import Identity
import TestSupport
import Testing

/// Passwords that leaks have made public and names of the company, wherever a new password is set.
struct NewPasswordTests {
    private let folder: TemporaryFolder
    private let installation: TestInstallation

    /// SHA-1 of `correct horse battery staple`, as `printf %s … | sha1sum` has it.
    static let digest: [UInt8] = [
        0xAB, 0xF7, 0xAA, 0xD6, 0x43, 0x88, 0x36, 0xDB, 0xE5, 0x26, 0xAA, 0x23, 0x1A, 0xBD, 0xE2, 0xD0, 0xEE, 0xF7,
        0x4D,
        0x42,
    ]

    init() throws {
        folder = try TemporaryFolder(inMemory: true)
        var writer = try BreachedPasswordsWriter(path: folder.path("breached"))
        try writer.add(Self.digest)
        try writer.finish()
        installation = try TestInstallation(
            passwordPolicy: PasswordPolicy(
                words: try #require(PasswordWords("Aurora Labs")),
                breached: try BreachedPasswords(path: folder.path("breached"))))
    }

    static let breached = "correct horse battery staple"

    private func register(_ password: String) -> TestAnswer {
        installation.post("/auth/register", #"{"email": "ann@example.test", "password": "\#(password)"}"#)
    }

    @Test func `registration refuses a breached password, and the name of the company`() {
        let answer = register(Self.breached)
        #expect(answer.status == 400 && answer.code == "invalid_request")
        #expect(answer.faults == ["/password breached"])
        #expect(register("aurora-labs 2027").faults == ["/password too_common"])
        #expect(register("\(Self.breached)!").status == 200)
    }

    @Test func `so does a change of the own password`() throws {
        try installation.addAccount("ann@example.test", password: "a password so far")
        let token = installation.login("ann@example.test", "a password so far").sessionToken
        func change(_ new: String) -> TestAnswer {
            installation.call(
                "PUT", "/account/me", #"{"current_password": "a password so far", "new_password": "\#(new)"}"#,
                token: token)
        }
        #expect(change(Self.breached).faults == ["/new_password breached"])
        #expect(change("AuroraLabs99").faults == ["/new_password too_common"])
        #expect(change("northern lights over tromso").status == 200)
    }

    @Test func `a login with a breached password is not refused`() throws {
        try installation.addAccount("ann@example.test", password: Self.breached)
        #expect(installation.login("ann@example.test", Self.breached).status == 200)
    }

    @Test func `while the list cannot be read no new password is accepted, and everything else goes on`() throws {
        try installation.addAccount("ann@example.test", password: Self.breached)
        let handle = try #require(FileHandle(forUpdatingAtPath: folder.path("breached")))
        try handle.truncate(atOffset: 40)
        let answer = register("northern lights over tromso")
        #expect(answer.status == 503 && answer.code == "unavailable")
        #expect(answer.fields[.retryAfter] == "60")
        let told = installation.logs.entries.filter { $0.level == .error }.map { "\($0.message)" }
        #expect(told.count == 1 && told[0].hasPrefix("the list of breached passwords: "), "\(told)")
        // A password with another fault is told without the list.
        #expect(register("short").faults == ["/password too_short"])
        #expect(installation.login("ann@example.test", Self.breached).status == 200)
    }
}
