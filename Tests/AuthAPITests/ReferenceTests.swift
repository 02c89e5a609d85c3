import Foundation
import HTTPTypes
import Identity
import TestSupport
import Testing

/// The three calls of the reference, member by member.
struct ReferenceTests {
    static let email = "sasha@auroralabs.com"
    static let registration = """
        {"email": "sasha@auroralabs.com", "password": "northern lights over tromso", "roles": ["AppAdmin"],
         "name": "Sasha Patel", "given_name": "Sasha", "family_name": "Patel"}
        """

    /// The example of the reference, with the identifiers that were made put in.
    private func expected(_ account: [String: Any], _ organization: String) throws -> String {
        let id = try #require(account["id"] as? String)
        let user = try #require((account["users"] as? [[String: Any]])?.first?["id"] as? String)
        return "{\"id\":\"\(id)\",\"email\":\"sasha@auroralabs.com\",\"name\":\"Sasha Patel\",\"given_name\":\"Sasha\","
            + "\"family_name\":\"Patel\",\"provider\":\"Credentials\",\"users\":[{\"id\":\"\(user)\","
            + "\"org_id\":\"\(organization)\",\"account_id\":\"\(id)\",\"name\":\"Sasha Patel\","
            + "\"email\":\"sasha@auroralabs.com\",\"state\":\"Active\",\"roles\":[\"AppAdmin\"],"
            + "\"created_at\":\"2026-02-08T14:12:45Z\"}],\"roles\":[\"AppAdmin\"]}"
    }

    @Test func `register answers with the account, its members in the reference's order`() throws {
        let installation = try TestInstallation()
        let answer = installation.post("/auth/register", Self.registration)
        #expect(answer.status == 200)
        #expect(answer.fields[.contentType] == "application/json")
        #expect(try answer.body == expected(answer.object, "\(installation.organization.id)"))
        let id = try #require(answer.object["id"] as? String)
        #expect(try /acct_[0-9a-f]{16}/.wholeMatch(in: id) != nil)
    }

    @Test func `login answers with the same account and a session cookie`() throws {
        let installation = try TestInstallation()
        let registered = installation.post("/auth/register", Self.registration)
        let answer = installation.login(Self.email, "northern lights over tromso")
        #expect(answer.status == 200)
        #expect(answer.body == registered.body)
        let cookie = try #require(answer.fields[.setCookie])
        let pattern =
            /__Host-postern_session=pss_[0-9A-Za-z]{49}; Path=\/; Secure; HttpOnly; SameSite=Lax; Max-Age=3600/
        #expect(try pattern.wholeMatch(in: cookie) != nil)
        #expect(answer.fields[values: .setCookie].count == 1)
    }

    @Test func `logout with an API token alone is ok`() throws {
        let installation = try TestInstallation()
        let answer = installation.call("POST", "/auth/logout", token: installation.adminToken)
        #expect(answer.status == 200)
        #expect(answer.body == "\"ok\"")
        #expect(answer.fields[.contentType] == "application/json")
        #expect(
            answer.fields[.setCookie]
                == "__Host-postern_session=; Path=/; Secure; HttpOnly; SameSite=Lax; Max-Age=0")
    }

    @Test func `every answer carries the common fields`() throws {
        let installation = try TestInstallation()
        for answer in [
            installation.post("/auth/register", Self.registration), installation.post("/auth/register", "{"),
            installation.call("GET", "/nowhere"), installation.call("OPTIONS", "/auth/login"),
            installation.call("POST", "/auth/logout"),
        ] {
            #expect(answer.fields[.cacheControl] == "no-store")
            #expect(answer.fields[.xContentTypeOptions] == "nosniff")
            let id = try #require(answer.fields[HTTPField.Name("X-Request-Id")!])
            #expect(try /[A-Za-z0-9._-]{1,64}/.wholeMatch(in: id) != nil)
            if answer.status != 204 { #expect(answer.fields[.contentLength] == String(answer.body.utf8.count)) }
        }
    }

    @Test(arguments: [
        ("my-id_1.2", true), (String(repeating: "a", count: 64), true), (String(repeating: "a", count: 65), false),
        ("has space", false), ("", false), ("a\r\nX: y", false), ("ünï", false), ("a/b", false),
    ])
    func `the caller's request id is kept where it is well-formed`(_ id: String, _ isKept: Bool) throws {
        let installation = try TestInstallation()
        let answer = installation.call("GET", "/nowhere", fields: ["X-Request-Id": id])
        let answered = try #require(answer.fields[HTTPField.Name("X-Request-Id")!])
        #expect((answered == id) == isKept)
        #expect(answer.object["request_id"] as? String == answered)
    }
}
