import Foundation
import Identity
import TestSupport
import Testing

/// Names as they are taken and answered.
struct NameTests {
    let installation: TestInstallation

    init() throws {
        installation = try TestInstallation()
    }

    /// Registers an account, logs in to it, and saves the names that were answered.
    private func saveAgain(_ members: [String: String]) throws -> (registered: TestAnswer, saved: TestAnswer) {
        let given = ["email": "ann@example.test", "password": "northern lights"].merging(members) { $1 }
        let registered = installation.post(
            "/auth/register", String(decoding: try JSONSerialization.data(withJSONObject: given), as: UTF8.self))
        let session = try #require(installation.login("ann@example.test", "northern lights").sessionToken)
        let names = registered.object.filter { ["name", "given_name", "family_name"].contains($0.key) }
        let body = String(decoding: try JSONSerialization.data(withJSONObject: names), as: UTF8.self)
        return (registered, installation.call("PUT", "/account/me", body, token: session))
    }

    @Test(arguments: [
        ("a", 256), ("e\u{301}", 256), ("\u{1100}\u{1161}\u{11A8}", 256), ("🏴󠁧󠁢󠁳󠁣󠁴󠁿", 36), ("👨‍👩‍👧‍👦", 36),
    ])
    func `the name that is made of the longest given and family name can be saved again`(
        _ letter: String, _ count: Int
    ) throws {
        let longest = String(repeating: letter, count: count)
        let (registered, saved) = try saveAgain(["given_name": longest, "family_name": longest])
        #expect(registered.status == 200)
        #expect(saved.status == 200)
        let name = try #require(registered.string("name"))
        #expect(name == saved.string("name"))
        #expect(name.unicodeScalars.count <= InputFault.maximumNameLength)
        // Cut between characters as people see them.
        #expect(name != longest + " " + longest && (longest + " " + longest).hasPrefix(name))
    }

    @Test func `the name that is made of the longest local part can be saved again, and be a user's`() throws {
        let local = String(repeating: "ß", count: 32)
        let answer = installation.post(
            "/auth/register", #"{"email": "\#(local)@example.test", "password": "northern lights"}"#)
        let name = try #require(answer.string("name"))
        #expect(name == local)
        let user = try #require((answer.object["users"] as? [[String: Any]])?.first?["id"] as? String)
        let saved = installation.call(
            "PUT", "/app/user/\(user)", #"{"user_info": {"name": "\#(name)"}}"#, token: installation.adminToken)
        #expect(saved.status == 200)
    }

    @Test func `an imported name is cut too, and can be saved again`() throws {
        var accounts = try AccountImport(installation.service, organization: "example")
        let form = try ImportForm(
            email: EmailAddress("ann@example.test"), passwordHash: .some(nil),
            givenName: String(repeating: "a", count: 256), familyName: "b")
        try accounts.add(form, number: 1)
        #expect(try accounts.finish(.allOrNothing).added == 1)
        #expect(try installation.service.account(named: "ann@example.test").name.count == 256)
    }

    @Test(arguments: [
        "\\u0007", "\\u200e", "\\u200f", "\\u061c", "\\u202a", "\\u202e", "\\u2066", "\\u2069", "\\u2028", "\\u2029",
        "\\u0085",
    ])
    func `what does something to the line in which a name stands is refused in every name`(_ escape: String) throws {
        let name = "Ann\(escape)Lee"
        let ann = try installation.person("ann")
        let fault = "invalid_character"
        let registered = installation.post(
            "/auth/register",
            #"{"email": "b@example.test", "password": "northern lights", "name": "\#(name)", "given_name": "\#(name)"}"#
        )
        #expect(Set(registered.faults) == ["/name \(fault)", "/given_name \(fault)"])
        #expect(
            installation.call("PUT", "/account/me", #"{"family_name": "\#(name)"}"#, token: ann.session).faults
                == ["/family_name \(fault)"])
        #expect(
            installation.call(
                "PUT", "/app/user/\(ann.user)", #"{"user_info": {"name": "\#(name)"}}"#, token: installation.adminToken
            ).faults == ["/user_info/name \(fault)"])
        #expect(
            Set(installation.post("/app/organization", #"{"name": "\#(name)", "display_name": "\#(name)"}"#).faults)
                == ["/name \(fault)", "/display_name \(fault)"])
        #expect(
            installation.post("/account/token", #"{"name": "\#(name)", "scopes": []}"#).faults == ["/name \(fault)"])
    }

    @Test func `joiners may stand in a name: scripts and emoji need them`() throws {
        let ann = try installation.person("ann")
        for name in ["می‌خواهم", "क्‍ष", "👩‍🚀"] {
            let answer = installation.call("PUT", "/account/me", #"{"name": "\#(name)"}"#, token: ann.session)
            #expect(answer.string("name") == name)
        }
    }
}
