import Foundation
import Identity
import TestSupport
import Testing

/// Members that a route can't change: a client that sends one is told, since it would believe it changed.
struct UnchangeableMembersTests {
    let installation: TestInstallation
    let ann: Person
    let owner: Person

    init() throws {
        installation = try TestInstallation()
        ann = try installation.person("ann")
        owner = try installation.person("boss", ["AppOwner"])
    }

    private func names(_ answer: TestAnswer) -> Set<String> { Set(answer.object.keys) }

    /// Sends each member alone, as it is answered or null.
    private func expectRefused(
        _ method: String, _ path: String, _ token: String, _ members: Set<String>, but changeable: Set<String>
    ) {
        for member in members.subtracting(changeable).sorted() {
            for value in ["null", "\"x\"", "[]", "{}"] {
                let answer = installation.call(method, path, #"{"\#(member)": \#(value)}"#, token: token)
                #expect(answer.status == 400, "\(method) \(path) \(member)")
                #expect(answer.code == "invalid_request")
                #expect(answer.faults == ["/\(member) not_changeable"])
            }
        }
    }

    @Test func `every member of an account that its owner can't change is refused`() {
        expectRefused(
            "PUT", "/account/me", ann.session,
            names(installation.get("/account/me", ann.session)).union(["state", "password"]),
            but: ["name", "given_name", "family_name"])
    }

    @Test func `every member of an account that an administrator can't change is refused`() {
        let account = installation.get("/account/\(ann.id)", owner.session)
        expectRefused(
            "POST", "/account/\(ann.id)", owner.session, names(account).union(["password"]), but: ["roles", "state"])
    }

    @Test func `every member of a user that can't be changed is refused, inside of an object too`() {
        let path = "/app/user/\(ann.user)"
        expectRefused("PUT", path, owner.session, names(installation.get(path, owner.session)), but: [])
        let inner = installation.call(
            "PUT", path, #"{"user_info": {"email": "x@example.test", "name": "A."}}"#, token: owner.session)
        #expect(inner.faults == ["/user_info/email not_changeable"])
        #expect(installation.call("PUT", path, #"{"user_info": {"name": "A."}}"#, token: owner.session).status == 200)
    }

    @Test func `every member of an organization that can't be changed is refused`() {
        let path = "/app/organization"
        expectRefused(
            "POST", path, owner.session, names(installation.get(path, owner.session)),
            but: ["name", "display_name", "auto_join_enabled", "default_role", "email_regex", "second_factor"])
    }

    @Test func `nothing is changed where one member is refused, and all are told`() throws {
        let answer = installation.call(
            "PUT", "/account/me", #"{"name": "New", "email": "x@example.test", "id": 1, "given_name": 2}"#,
            token: ann.session)
        #expect(answer.faults == ["/given_name wrong_type", "/id not_changeable", "/email not_changeable"])
        #expect(installation.get("/account/me", ann.session).string("name") == ann.account.name)
    }

    @Test func `what no answer has is ignored, and registering ignores members of its answer`() {
        #expect(
            installation.call("PUT", "/account/me", #"{"surname": "Lee", "emails": []}"#, token: ann.session).status
                == 200)
        let body =
            #"{"email": "new@example.test", "password": "northern lights", "id": "x", "provider": "x", "state": 1}"#
        #expect(installation.post("/auth/register", body).status == 200)
    }
}
