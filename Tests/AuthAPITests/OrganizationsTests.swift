import Foundation
import Identity
import TestSupport
import Testing

struct OrganizationsTests {
    let installation: TestInstallation
    let owner: Person
    let ann: Person

    init() throws {
        installation = try TestInstallation()
        _ = try installation.addOrganization(slug: "other")
        owner = try installation.person("boss", ["AppOwner"])
        ann = try installation.person("ann", in: "other")
        // One that is joined from now on is not the oldest.
        installation.clock.advance(by: 1)
    }

    private func update(_ body: String, by token: String? = nil, org: String? = nil) -> TestAnswer {
        installation.call(
            "POST", "/app/organization", body, token: token ?? owner.session, fields: org.map { ["X-Org": $0] } ?? [:])
    }

    private func join(_ person: Person, _ organization: String? = nil) -> TestAnswer {
        installation.call(
            "POST", "/account/organization/\(organization ?? "\(installation.organization.id)")/join",
            token: person.session)
    }

    @Test func `it is shown, member by member`() throws {
        let answer = installation.get("/app/organization", owner.session)
        #expect(
            answer.body
                == "{\"id\":\"\(installation.organization.id)\",\"slug\":\"example\",\"name\":\"Example\","
                + "\"display_name\":null,\"auto_join_enabled\":false,\"default_role\":\"AppMember\","
                + "\"email_regex\":null,\"second_factor\":\"optional\",\"created_at\":\"2026-02-08T14:12:45Z\"}")
        #expect(installation.get("/app/organization", ann.session).string("slug") == "other")
        #expect(installation.get("/app/organization", ann.session, org: "example").code == "forbidden")
    }

    @Test func `it is changed, and what is not named stays`() throws {
        let answer = update(
            #"""
            {"name": "Example Ltd", "display_name": "Ex", "auto_join_enabled": true, "default_role": "AppGuest",
             "email_regex": "[a-z]+@other\\.test", "unknown": "new"}
            """#)
        #expect(answer.status == 200)
        #expect(
            answer.body
                == "{\"id\":\"\(installation.organization.id)\",\"slug\":\"example\",\"name\":\"Example Ltd\","
                + "\"display_name\":\"Ex\",\"auto_join_enabled\":true,\"default_role\":\"AppGuest\","
                + "\"email_regex\":\"[a-z]+@other\\\\.test\",\"second_factor\":\"optional\","
                + "\"created_at\":\"2026-02-08T14:12:45Z\"}")
        #expect(update(#"{"name": null, "auto_join_enabled": null}"#).body == answer.body)
        #expect(update("{}").body == answer.body)
        let cleared = update(#"{"display_name": null, "email_regex": null}"#)
        #expect(cleared.object["display_name"] is NSNull && cleared.object["email_regex"] is NSNull)
        #expect(cleared.object["auto_join_enabled"] as? Bool == true)
        let events = try installation.audit(.organizationChanged)
        #expect(
            events.map { $0.details["changed"] } == [
                "display_name email_regex", "name display_name auto_join_enabled default_role email_regex",
            ])
        #expect(events.allSatisfy { $0.actor == owner.account.id && $0.target == "\(installation.organization.id)" })
    }

    @Test(arguments: [
        (
            #"{"name": 1, "display_name": [], "auto_join_enabled": "true", "default_role": 2, "email_regex": false}"#,
            [
                "/name wrong_type", "/display_name wrong_type", "/auto_join_enabled wrong_type",
                "/default_role wrong_type", "/email_regex wrong_type",
            ]
        ),
        (#"{"name": " ", "default_role": "Admin"}"#, ["/default_role unknown_role", "/name required"]),
        (#"{"email_regex": "(a)\\1"}"#, ["/email_regex invalid_format"]),
        (#"{"email_regex": "("}"#, ["/email_regex invalid_format"]),
        (#"{"email_regex": "(a{200}){200}"}"#, ["/email_regex invalid_format"]),
        (#"{"email_regex": "é"}"#, ["/email_regex invalid_character"]),
    ])
    func `faults are told`(_ body: String, _ faults: [String]) {
        #expect(update(body).faults == faults)
    }

    @Test func `nobody lets others join with a role above their own`() throws {
        let admin = try installation.token(
            of: try installation.person("admin", ["AppAdmin"]).email, scopes: [.organizations],
            ceiling: .appAdmin)
        #expect(update(#"{"default_role": "AppOwner"}"#, by: admin).code == "role_not_grantable")
        #expect(update(#"{"default_role": "AppAdmin"}"#, by: admin).status == 200)
    }

    @Test func `who fits joins, with the default role`() throws {
        #expect(
            update(#"{"auto_join_enabled": true, "email_regex": ".*@OTHER\\.test", "default_role": "AppGuest"}"#).status
                == 200)
        let joined = join(ann)
        #expect(joined.status == 200)
        #expect(joined.object["roles"] as? [String] == ["AppGuest"])
        #expect(joined.string("org_id") == "\(installation.organization.id)")
        #expect(installation.get("/app/me", ann.session, org: "example").body == joined.body)
        #expect(Set(installation.get("/account/organization", ann.session).column("slug")) == ["other", "example"])
        let event = try #require(try installation.audit(.userCreated).first)
        #expect(event.actor == ann.account.id && event.account == ann.account.id)
        #expect(event.target == joined.string("id") && event.organization == installation.organization.id)
        let again = join(ann)
        #expect(again.status == 409)
        #expect(again.code == "conflict")
    }

    @Test(arguments: [
        #"{"auto_join_enabled": false, "email_regex": ".*"}"#, #"{"auto_join_enabled": true}"#,
        #"{"auto_join_enabled": true, "email_regex": "ann@other"}"#,
        #"{"auto_join_enabled": true, "email_regex": "nn@other\\.test"}"#,
        #"{"auto_join_enabled": true, "email_regex": ".*@evil\\.test|bob@other\\.test"}"#,
    ])
    func `who does not fit does not join`(_ settings: String) {
        #expect(update(settings).status == 200)
        let answer = join(ann)
        #expect(answer.status == 403)
        #expect(answer.code == "forbidden")
        #expect(installation.get("/app/me", ann.session, org: "example").status == 403)
    }

    @Test func `what is no organization is not joined`() {
        #expect(join(ann, "org_0000000000000000").code == "not_found")
        #expect(join(ann, "example").code == "not_found")
    }

    @Test func `the own organizations are those of the account`() throws {
        #expect(installation.get("/account/organization", ann.session).column("slug") == ["other"])
        let root = try installation.person("root", ["SuperAdmin"])
        #expect(installation.get("/account/organization", root.session).column("slug") == ["example"])
    }
}
