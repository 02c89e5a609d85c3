import Foundation
import HTTPTypes
import Storage
import TestSupport
import Testing

@testable import Identity

struct RegisterTests {
    let installation: TestInstallation

    init() throws {
        installation = try TestInstallation()
    }

    private func register(_ members: String, token: String? = nil, fields: [String: String] = [:]) -> TestAnswer {
        installation.call(
            "POST", "/auth/register", "{\(members)}", token: token ?? installation.adminToken, fields: fields)
    }

    private let good = #""password": "northern lights over tromso""#

    @Test func `what was registered can log in`() throws {
        #expect(register(#""email": "a@example.test", \#(good)"#).status == 200)
        #expect(installation.login("a@example.test", "northern lights over tromso").status == 200)
    }

    @Test func `names fall back to what there is`() {
        let all = register(#""email": "a@example.test", \#(good), "given_name": "Ann", "family_name": "Lee""#).object
        #expect(all["name"] as? String == "Ann Lee")
        let one = register(#""email": "b@example.test", \#(good), "family_name": "Lee""#).object
        #expect(one["name"] as? String == "Lee")
        #expect(one["given_name"] is NSNull)
        let none = register(#""email": "carl.c@example.test", \#(good), "name": "  ", "given_name": null"#).object
        #expect(none["name"] as? String == "carl.c")
        #expect(none["family_name"] is NSNull)
    }

    @Test func `without roles it is a member`() {
        let answer = register(#""email": "a@example.test", \#(good)"#)
        #expect(answer.object["roles"] as? [String] == ["AppMember"])
        let empty = register(#""email": "b@example.test", \#(good), "roles": []"#)
        #expect(empty.object["roles"] as? [String] == ["AppMember"])
    }

    @Test func `a role on the installation is the account's, and the user gets the default`() throws {
        try installation.addAccount("root@example.test", roles: ["SuperAdmin", "AppOwner"])
        let token = try installation.token(of: "root@example.test", scopes: [.register], ceiling: .superAdmin)
        let answer = register(#""email": "a@example.test", \#(good), "roles": ["Developer"]"#, token: token)
        #expect(answer.object["roles"] as? [String] == ["AppMember", "Developer"])
        #expect((answer.object["users"] as? [[String: Any]])?.first?["roles"] as? [String] == ["AppMember"])
    }

    @Test(arguments: ["A@EXAMPLE.test", "a@example.test", "a@Example.TEST"])
    func `an email that differs in case only is the same`(_ second: String) {
        #expect(register(#""email": "a@example.test", \#(good)"#).status == 200)
        let answer = register(#""email": "\#(second)", \#(good)"#)
        #expect(answer.status == 409)
        #expect(answer.code == "account_exists")
    }

    @Test func `an email that differs in composition only is the same, and is kept composed`() {
        let first = register(#""email": "e\u0301lodie@example.test", \#(good)"#)
        #expect(first.status == 200)
        #expect((first.object["email"] as? String)?.unicodeScalars.count == "élodie@example.test".unicodeScalars.count)
        #expect(register(#""email": "ÉLODIE@example.test", \#(good)"#).code == "account_exists")
        #expect(register(#""email": "élodie@example.test", \#(good)"#).code == "account_exists")
    }

    @Test func `an email that only looks alike is another one`() {
        #expect(register(#""email": "mike@example.test", \#(good)"#).status == 200)
        #expect(register(#""email": "m\u0131ke@example.test", \#(good)"#).status == 200)
        #expect(register(#""email": "stra\u00dfe@example.test", \#(good)"#).status == 200)
        #expect(register(#""email": "STRA\u1e9eE@example.test", \#(good)"#).status == 409)
        #expect(register(#""email": "strasse@example.test", \#(good)"#).status == 409)
    }

    @Test func `a list that is far too long gets a short answer`() {
        let roles = Array(repeating: "\"x\"", count: 3000).joined(separator: ",")
        let answer = register(#""email": "a@example.test", \#(good), "roles": [\#(roles)]"#)
        #expect(answer.faults == ["/roles too_long"])
        #expect(answer.body.utf8.count < 1000)
    }

    @Test func `who loses a race against a registration that then fails may have the address`() throws {
        let gate = BlockingRandomSource()
        let installation = try TestInstallation(slots: 1, lineLength: 4, random: gate)
        let body = #"{"email": "race@example.test", "password": "northern lights over tromso"}"#
        gate.close()
        let first = Background { installation.post("/auth/register", body) }
        gate.waitUntilBlocked()
        let second = Background { installation.post("/auth/register", body) }
        // The insertion will fail.
        try installation.connection().breakInserts(into: "account", message: "x")
        gate.open()
        let statuses = try [first.value().status, second.value().status]
        #expect(statuses == [500, 500])
        try installation.connection().mendInserts(into: "account")
        #expect(installation.post("/auth/register", body).status == 200)
    }

    @Test func `of registrations that race exactly one wins`() async {
        let installation = self.installation
        let body = #"{"email": "race@example.test", "password": "northern lights over tromso"}"#
        let statuses = await withTaskGroup(of: Int.self) { group in
            for _ in 0..<50 { group.addTask { installation.post("/auth/register", body).status } }
            return await group.reduce(into: []) { $0.append($1) }
        }
        #expect(statuses.count { $0 == 200 } == 1)
        #expect(statuses.count { $0 == 409 } == 49)
    }

    @Test(arguments: [
        ("not an address", "/email invalid_format"), ("@example.test", "/email invalid_format"),
        ("a@", "/email invalid_format"), ("a@b@c.test", "/email invalid_format"), ("", "/email invalid_format"),
        ("a..b@example.test", "/email invalid_format"), ("a b@example.test", "/email invalid_format"),
        ("a@-example.test", "/email invalid_format"), ("a\\u0000@example.test", "/email invalid_format"),
        ("a\\r\\nBcc: x@example.test", "/email invalid_format"), ("a\\u200b@example.test", "/email invalid_format"),
    ])
    func `a bad email is told`(_ email: String, _ fault: String) {
        let answer = register(#""email": "\#(email)", \#(good)"#)
        #expect(answer.status == 400)
        #expect(answer.code == "invalid_request")
        #expect(answer.faults == [fault])
    }

    @Test(arguments: [
        ("short", "/password too_short"), ("1234567", "/password too_short"), ("", "/password too_short"),
        ("éééé", "/password too_short"), ("password1", "/password too_common"), ("PassWord1", "/password too_common"),
        ("a@example.test", "/password equals_email"), ("A@Example.Test", "/password equals_email"),
        (String(repeating: "x", count: 1025), "/password too_long"),
        ("longpassword\\u0000\\u0000", "/password invalid_character"),
    ])
    func `a bad password is told`(_ password: String, _ fault: String) {
        let answer = register(#""email": "a@example.test", "password": "\#(password)""#)
        #expect(answer.status == 400)
        #expect(answer.faults == [fault])
    }

    @Test(arguments: [
        String(repeating: "é", count: 1024), "12345xyz", "        ", "\\ttab and bell\\u0007", "🔑🔑🔑🔑🔑🔑🔑🔑",
    ])
    func `an unusual password that keeps the rules is taken as it is`(_ password: String) {
        let body = #"{"email": "a@example.test", "password": "\#(password)"}"#
        #expect(installation.post("/auth/register", body).status == 200)
        #expect(installation.post("/auth/login", body).status == 200)
        let trimmed = #"{"email": "a@example.test", "password": "\#(password) "}"#
        #expect(installation.post("/auth/login", trimmed).status == 401)
    }

    @Test func `every fault of the body is told at once`() {
        let answer = register(
            #""email": "nope", "password": "x", "roles": ["AppAdmin", "King", 7], "name": 5, "given_name": "a\u0007b""#)
        #expect(answer.status == 400)
        #expect(
            Set(answer.faults) == [
                "/email invalid_format", "/password too_short", "/roles/1 unknown_role", "/roles/2 wrong_type",
                "/name wrong_type", "/given_name invalid_character",
            ])
        #expect(
            register(#""email": "a@b.de", "password": "a@b.de""#).faults == [
                "/password too_short", "/password equals_email",
            ])
        #expect(
            register(#""email": "a@example.test", \#(good), "roles": [1, "Nope", null, "AppAdmin"]"#).faults == [
                "/roles/0 wrong_type", "/roles/2 wrong_type", "/roles/1 unknown_role",
            ])
        #expect(register("").faults == ["/email required", "/password required"])
        #expect(register(#""email": 1, "password": []"#).faults == ["/email wrong_type", "/password wrong_type"])
        #expect(register(#""email": null, "password": null"#).faults == ["/email required", "/password required"])
        #expect(register(#""email": "a@example.test", \#(good), "roles": "AppAdmin""#).faults == ["/roles wrong_type"])
    }

    @Test func `a role above the token's own is refused`() throws {
        try installation.addAccount("admin@example.test", roles: ["AppAdmin"])
        let token = try installation.token(of: "admin@example.test", scopes: [.admin])
        #expect(register(#""email": "a@example.test", \#(good), "roles": ["AppAdmin"]"#, token: token).status == 200)
        for role in ["AppOwner", "Basic", "SuperAdmin"] {
            let answer = register(#""email": "b@example.test", \#(good), "roles": ["\#(role)"]"#, token: token)
            #expect(answer.status == 403)
            #expect(answer.code == "role_not_grantable")
        }
        #expect(try !installation.store.hasAccount(emailKey: "b@example.test"))
    }

    @Test func `members that are not asked for set nothing`() {
        let answer = register(
            #""email": "a@example.test", \#(good), "id": "acct_0000000000000000", "state": "Inactive", "x": {"y": []}"#)
        #expect(answer.status == 200)
        #expect(answer.object["id"] as? String != "acct_0000000000000000")
        #expect((answer.object["users"] as? [[String: Any]])?.first?["state"] as? String == "Active")
    }

    @Test func `x-org names the token's organization by slug or id, and no other`() throws {
        let other = try installation.addOrganization(slug: "other")
        let own = installation.organization
        for name in [own.slug, "\(own.id)"] {
            let email = "\(name)@example.test"
            let answer = register(#""email": "\#(email)", \#(good)"#, fields: ["X-Org": name])
            #expect(answer.status == 200)
        }
        for name in [other.slug, "\(other.id)", "nowhere", "org_0000000000000000", "' OR 1=1 --"] {
            let answer = register(#""email": "z@example.test", \#(good)"#, fields: ["X-Org": name])
            #expect(answer.status == 403)
            #expect(answer.code == "forbidden")
        }
    }

    @Test func `who administers the installation may act in every organization`() throws {
        let other = try installation.addOrganization(slug: "other")
        try installation.addAccount("root@example.test", roles: ["Admin"])
        let token = try installation.token(of: "root@example.test", scopes: [.register], ceiling: .admin)
        let answer = register(
            #""email": "a@example.test", \#(good), "roles": ["AppOwner"]"#, token: token, fields: ["X-Org": "other"])
        #expect(answer.status == 200)
        #expect((answer.object["users"] as? [[String: Any]])?.first?["org_id"] as? String == "\(other.id)")
    }

    @Test func `when the line for hashing is full it is told to wait`() throws {
        let gate = BlockingRandomSource()
        let installation = try TestInstallation(slots: 1, lineLength: 0, random: gate)
        gate.close()
        let body = #"{"email": "first@example.test", "password": "northern lights over tromso"}"#
        let first = Background { installation.post("/auth/register", body) }
        gate.waitUntilBlocked()
        let second = installation.post(
            "/auth/register", #"{"email": "second@example.test", "password": "northern lights over tromso"}"#)
        #expect(second.status == 503)
        #expect(second.code == "overloaded")
        #expect(Int(second.fields[.retryAfter] ?? "") ?? 0 >= 1)
        #expect(second.delay == .milliseconds(100))
        let login = installation.login(TestInstallation.ownerEmail, "x")
        #expect(login.code == "overloaded")
        #expect(installation.call("GET", "/health/ready").status == 200)
        gate.open()
        #expect(try first.value().status == 200)
        let last = installation.login(TestInstallation.ownerEmail, TestInstallation.ownerPassword)
        #expect(last.status == 200 && last.delay == .zero)
    }
}
