import Cryptography
import Foundation
import HTTPTypes
import Identity
import TestSupport
import Testing

/// Second factors that are there: by their owner, and by administrators.
struct FactorManagementTests {
    let world: TwoOrganizations
    var installation: TestInstallation { world.installation }

    init() throws {
        world = try TwoOrganizations(
            TestInstallation(
                keyring: TestInstallation.newKeyring(),
                configure: { $0.relyingParty = .init(origin: "https://auth.example.test") }))
    }

    private func enrolled(_ name: String) throws -> Enrolment {
        Enrolment(installation, try installation.person(name))
    }

    private func count(_ table: String) throws -> Int? {
        try installation.connection().number("SELECT count(*) FROM \(table)")
    }

    /// Gives an account a login that waits and a trusted device, past the API.
    private func addLogins(_ person: Person) throws {
        let account = Int64(bitPattern: person.account.id.rawValue)
        let number = try (count("pending_login") ?? 0) + 1
        let hash = try OpenSSLRandomSource().bytes(4).map { "\($0)" }.joined()
        let text = StoreEngine.current == .postgresql ? "'\(hash)'::bytea" : "CAST('\(hash)' AS BLOB)"
        try installation.execute(
            "INSERT INTO pending_login (id, token_hash, account_id, network, created_at, expires_at) "
                + "VALUES (\(number), \(text), \(account), '', 0, 9999999999)")
        try installation.execute(
            "INSERT INTO trusted_device (id, token_hash, account_id, created_at, expires_at, address, user_agent) "
                + "VALUES (\(number), \(text), \(account), 0, 9999999999, '192.0.2.9', 'Fox/2')")
    }

    @Test func `a factor gets another name, also from a session that is not fresh`() throws {
        let ann = try enrolled("ann")
        let id = try ann.addGenerator().id
        installation.clock.advance(by: 1000)
        let answer = ann.call("PUT", "/account/factor/\(id)", #"{"name": "Work phone"}"#)
        #expect(answer.status == 200 && answer.string("name") == "Work phone")
        let list = ann.call("GET", "/account/factor").object["factors"] as? [[String: Any]]
        #expect(list?.first?["name"] as? String == "Work phone")
        func faults(_ body: String) -> [String] { ann.call("PUT", "/account/factor/\(id)", body).faults }
        #expect(faults("{}") == ["/name required"])
        #expect(faults(#"{"name": " "}"#) == ["/name required"])
        #expect(faults(#"{"name": "\#(String(repeating: "x", count: 101))"}"#) == ["/name too_long"])
        #expect(faults(#"{"name": "x", "type": "passkey"}"#) == ["/type not_changeable"])
        let bob = try enrolled("bob")
        #expect(bob.call("PUT", "/account/factor/\(id)", #"{"name": "x"}"#).code == "not_found")
    }

    // supabase/auth#2565
    @Test func `a removed factor is asked for no more, and ends logins that wait and trusted devices`() throws {
        let ann = try enrolled("ann")
        let first = try ann.addGenerator()
        let second = try ann.addKey(SoftwareAuthenticator())
        try addLogins(ann.person)
        #expect(ann.call("DELETE", "/account/factor/\(first.id)").body == #""ok""#)
        #expect(try (count("pending_login"), count("trusted_device")) == (0, 0))
        #expect(try count("recovery_code") == 10)
        let material = try #require(try installation.store.factorMaterial(of: ann.person.account.id))
        #expect(material.methods == [.passkey, .recoveryCode])
        #expect(ann.call("DELETE", "/account/factor/\(first.id)").code == "not_found")
        let bob = try enrolled("bob")
        let id = try #require(second.string("id"))
        #expect(bob.call("DELETE", "/account/factor/\(id)").code == "not_found")
        // With the last one go the recovery codes.
        #expect(ann.call("DELETE", "/account/factor/\(id)").status == 200)
        #expect(try count("recovery_code") == 0)
        #expect(try installation.service.authenticate(bearer: ann.person.session)?.assurance?.factors == [])
        #expect(try installation.audit(.factorRemoved).map(\.target) == [id, first.id])
    }

    @Test func `the last factor stays where a policy asks for one`() throws {
        let ann = try enrolled("ann")
        let (first, second) = (try ann.addGenerator(), try ann.addGenerator())
        try installation.execute("UPDATE organization SET second_factor = 3")
        #expect(ann.call("DELETE", "/account/factor/\(first.id)").status == 200)
        let refused = ann.call("DELETE", "/account/factor/\(second.id)")
        #expect(refused.code == "conflict")
        #expect(try count("recovery_code") == 10)
        try installation.execute("UPDATE organization SET second_factor = 2")
        #expect(ann.call("DELETE", "/account/factor/\(second.id)").status == 200)
    }

    // autentico#318, laravel/jetstream#143
    @Test func `removing needs a fresh session, and tells a stale one nothing`() throws {
        let ann = try enrolled("ann")
        let id = try ann.addGenerator().id
        installation.clock.advance(by: 901)
        for factor in [id, "fac_0000000000000000"] {
            let answer = ann.call("DELETE", "/account/factor/\(factor)")
            #expect(answer.code == "reauthentication_required")
        }
        #expect(ann.call("POST", "/account/factor/recovery-codes").code == "reauthentication_required")
        #expect(try count("factor") == 1)
    }

    @Test func `new recovery codes take the place of the old ones`() throws {
        let ann = try enrolled("ann")
        #expect(ann.call("POST", "/account/factor/recovery-codes").code == "conflict")
        let old = try #require(try ann.addGenerator().recoveryCodes)
        let before = try #require(try installation.store.factorMaterial(of: ann.person.account.id)).recoveryCodes
        let new = try #require(
            ann.call("POST", "/account/factor/recovery-codes").object["recovery_codes"] as? [String])
        #expect(new.count == 10 && Set(new).isDisjoint(with: old))
        let after = try #require(try installation.store.factorMaterial(of: ann.person.account.id)).recoveryCodes
        #expect(after.count == 10 && Set(after).isDisjoint(with: before))
        #expect(try installation.audit(.factorAdded).first?.target == "recovery_codes")
    }

    @Test func `administrators of the home reset all factors, which ends sessions and suspends users elsewhere`() throws
    {
        let account = try world.account("AppMember", "AppMember")
        let session = try installation.begin(account.email.address).token.text
        let ann = Enrolment(installation, Person(account: account, session: session))
        _ = try ann.addGenerator()
        try ann.addKey(SoftwareAuthenticator())
        try addLogins(ann.person)
        let admin = try #require(world.actors["home admin"]).token
        let seen = installation.get("/account/\(account.id)/factor", admin)
        #expect((seen.object["factors"] as? [Any])?.count == 2 && seen.object["recovery_codes_left"] as? Int == 10)
        let answer = installation.call("DELETE", "/account/\(account.id)/factor", token: admin)
        #expect(answer.status == 200)
        for table in ["factor", "recovery_code", "pending_login", "trusted_device"] {
            #expect(try count(table) == 0, "\(table)")
        }
        #expect(installation.get("/auth/session", session).status == 401)
        let present = try installation.service.account(named: "\(account.id)")
        #expect(present.users.map(\.state) == [.active, .inactive])
        #expect(try installation.audit(.factorRemoved).first?.details == ["reason": "reset"])
        #expect(try installation.audit(.userStateChanged).first?.details["reason"] == "factor.removed")
        let login = installation.login(account.email.address, Person.password)
        #expect(login.status == 200)
    }

    @Test func `nobody resets their own factors, those of an account above, or by a session that is not fresh`() throws
    {
        let admin = try enrolled("boss")
        let manager = try installation.person("manager", ["AppAdmin"])
        let (owner, own) = (installation.owner.id, manager.account.id)
        func reset(_ id: Identifier<Account>) -> TestAnswer {
            installation.call("DELETE", "/account/\(id)/factor", token: manager.session)
        }
        #expect(reset(owner).code == "forbidden" && reset(own).code == "forbidden")
        #expect(installation.get("/account/\(owner)/factor", manager.session).code == "forbidden")
        _ = try admin.addGenerator()
        installation.clock.advance(by: 901)
        #expect(reset(admin.person.account.id).code == "reauthentication_required")
        // A session that is too old learns nothing about accounts that it has no right to.
        #expect(reset(owner).code == "forbidden")
        #expect(try count("factor") == 1)
        let token = try installation.token(of: manager.email, scopes: [.accountsWrite], ceiling: .appAdmin)
        let answer = installation.call("DELETE", "/account/\(admin.person.id)/factor", token: token)
        #expect(answer.status == 200)
        #expect(try count("factor") == 0)
    }

    @Test(arguments: ["own", "reset", "inactive", "name", "erased"])
    func `another password and a deactivation end logins that wait and trusted devices, another name does not`(
        _ change: String
    ) throws {
        let ann = try enrolled("ann")
        try addLogins(ann.person)
        let bob = try enrolled("bob")
        try addLogins(bob.person)
        let service = installation.service
        let id = ann.person.account.id
        switch change {
        case "own":
            let body = #"{"current_password": "\#(Person.password)", "new_password": "another fine password"}"#
            #expect(ann.call("PUT", "/account/me", body).status == 200)
        case "reset": _ = try service.resetPassword(of: id, by: .operator)
        case "inactive": _ = try service.update(id, AccountForm(state: .inactive), by: .operator)
        case "name": #expect(ann.call("PUT", "/account/me", #"{"name": "Anna"}"#).status == 200)
        default: try service.erase(id, by: .operator)
        }
        let left = change == "name" ? 2 : 1
        #expect(try (count("pending_login"), count("trusted_device")) == (left, left))
    }

    // supabase/auth#2564
    @Test func `an erased account leaves no credential, and its passkey is free for another`() throws {
        let key = try SoftwareAuthenticator()
        let ann = try enrolled("ann")
        #expect(try ann.addKey(key).status == 201)
        try installation.service.erase(ann.person.account.id, by: .operator)
        #expect(try (count("factor"), count("recovery_code")) == (0, 0))
        #expect(try enrolled("bob").addKey(key).status == 201)
    }
}
