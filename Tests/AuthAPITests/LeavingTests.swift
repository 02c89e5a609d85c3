import Identity
import Storage
import TestSupport
import Testing

/// The ways in which an account ceases to be a member of an organization, and the members that stay.
struct LeavingTests {
    let world: TwoOrganizations
    var installation: TestInstallation { world.installation }

    init() throws {
        world = try TwoOrganizations()
    }

    @Test func `who is removed has no token there any more, and sessions act elsewhere`() throws {
        let account = try world.account("AppMember", "AppAdmin")
        let email = account.email.address
        let there = try installation.token(of: email, scopes: [.login], in: "example")
        let here = try installation.token(of: email, scopes: [.login], in: "home")
        let session = try installation.begin(email).token.text
        #expect(installation.get("/app/user", session, org: "example").status == 200)
        let user = try #require(account.users.last).id
        #expect(try world.call("DELETE", "/app/user/\(user)", by: "foreign owner").body == #""ok""#)
        #expect(installation.get("/auth/session", there).code == "invalid_token")
        #expect(installation.get("/auth/session", here).status == 200)
        #expect(installation.get("/app/user", session, org: "example").code == "forbidden")
        #expect(installation.get("/app/me", session).string("org_id") == account.home.map { "\($0)" })
        #expect(try world.call("DELETE", "/app/user/\(user)", by: "foreign owner").code == "not_found")
        let event = try #require(try installation.audit(.userRemoved).first)
        #expect(event.account == account.id && event.target == "\(user)")
        #expect(event.organization == installation.organization.id && event.details == ["roles": "AppAdmin"])
        #expect(try installation.audit(.tokenRevoked).map(\.organization) == [installation.organization.id])
    }

    @Test func `whoever was given a lower role can't have the usual one back by leaving and joining`() throws {
        let account = try world.account("AppMember", "AppGuest")
        let session = try installation.begin(account.email.address).token.text
        let path = "/account/organization/\(installation.organization.id)"
        _ = try installation.service.updateOrganization(
            OrganizationForm(autoJoin: true, emailPattern: EmailPattern(".*")),
            by: Caller(.operator(in: installation.organization.id)))
        let answer = installation.call("DELETE", path, token: session)
        #expect(answer.status == 409 && answer.code == "conflict")
        _ = try installation.service.updateOrganization(
            OrganizationForm(autoJoin: false), by: Caller(.operator(in: installation.organization.id)))
        #expect(installation.call("DELETE", path, token: session).status == 200)
    }

    @Test func `whoever leaves is gone, but for the home and who is its last owner`() throws {
        let account = try world.account("AppMember", "AppMember")
        let session = try installation.begin(account.email.address).token.text
        func leave(_ organization: Identifier<Organization>?, by token: String) -> TestAnswer {
            installation.call(
                "DELETE", "/account/organization/\(organization.map { "\($0)" } ?? "-")", token: token)
        }
        #expect(leave(account.home, by: session).code == "conflict")
        #expect(leave(installation.organization.id, by: session).body == #""ok""#)
        #expect(leave(installation.organization.id, by: session).code == "not_found")
        #expect(leave(Identifier(rawValue: 1), by: session).code == "not_found")
        #expect(installation.get("/account/organization", session).column("slug") == ["home"])
        let event = try #require(try installation.audit(.userRemoved).first)
        #expect(event.actor == account.id && event.organization == installation.organization.id)
        // Of an organization that nobody of its own owns, the last owner stays.
        let third = try installation.addOrganization(slug: "third")
        _ = try installation.service.createUser(
            of: account.id, UserForm(role: .appOwner), by: Caller(.operator(in: third.id)))
        #expect(leave(third.id, by: session).code == "conflict")
        #expect(try installation.store.organizationsWithoutOwner(limit: 9).map(\.slug) == ["third"])
        // The home's rights end nowhere for that.
        #expect(try world.call("POST", "/account/\(account.id)/reset-password", by: "home admin").status == 200)
        #expect(try world.call("DELETE", "/account/\(account.id)", by: "home admin").status == 200)
    }

    @Test func `the last owner of an organization has it as home`() throws {
        let account = try world.account("AppMember", "AppOwner")
        let foreigner = try installation.begin(account.email.address).token.text
        func demote(_ person: Account, by token: String) throws -> TestAnswer {
            let user = try #require(person.user(in: installation.organization.id)).id
            return installation.call(
                "PUT", "/app/user/\(user)", #"{"role": "AppGuest"}"#, token: token, fields: ["X-Org": "example"])
        }
        let other = try installation.service.account(named: "foreign-owner@example.test")
        #expect(try demote(other, by: foreigner).status == 200)
        #expect(try demote(installation.owner, by: foreigner).code == "conflict")
        let path = "/account/\(installation.owner.id)"
        #expect(try world.call("POST", path, #"{"state": "Inactive"}"#, by: "root elsewhere").code == "conflict")
        #expect(try world.call("DELETE", path, by: "root elsewhere").code == "conflict")
        #expect(try demote(account, by: installation.adminToken).status == 200)
    }

    @Test func `an erased account is missed where it was a user`() throws {
        let account = try world.account("AppMember", "AppMember")
        #expect(try world.call("DELETE", "/account/\(account.id)", by: "home admin").status == 200)
        let removed = try installation.audit(.userRemoved)
        #expect(removed.map(\.organization) == [installation.organization.id])
        #expect(try installation.audit(.accountErased).map(\.organization) == [account.home])
    }
}
