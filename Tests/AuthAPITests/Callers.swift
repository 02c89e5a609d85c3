import AuthAPI
import Cryptography
import Foundation
import Identity
import TestSupport
import Testing

/// An installation with a caller of each kind.
struct Callers {
    struct Caller {
        let token: String?
        let email: String
        var organization: String?
        var note = ""
    }

    let installation: TestInstallation
    /// An account with a passkey.
    let holder: Account
    let key: TestKey
    private(set) var kinds: [String: [Caller]] = [:]

    /// Callers of one's own, for another installation than the default one.
    init(_ installation: TestInstallation) throws {
        self.installation = installation
        _ = try installation.addOrganization(slug: "other")
        _ = try installation.addOrganization(slug: "third")
        try installation.addAccount("target@example.test", password: Person.password)
        holder = try installation.addAccount("holder@example.test", password: Person.password)
        key = try installation.addKey(to: holder)
    }

    init() throws {
        try self.init(
            TestInstallation(
                metrics: Metrics {
                    ServingStatus(version: "1", startedAt: Timestamp(secondsSince1970: 0), server: nil)
                }))
        kinds["bad"] = try badCredentials()
        kinds["no"] = [Caller(token: nil, email: TestInstallation.ownerEmail)]
        let scopes = zip(["reg", "log", "a:r", "a:w", "tok", "org", "aud", "cli", "adm"], Scope.allCases)
        for (name, scope) in scopes {
            kinds[name] = [
                Caller(token: try installation.token(scopes: [scope]), email: TestInstallation.ownerEmail)
            ]
        }
        let roles = [
            "Gue": "AppGuest", "Mem": "AppMember", "Adm": "AppAdmin", "Own": "AppOwner", "Bas": "Basic",
            "Dev": "Developer", "IAd": "Admin", "Sup": "SuperAdmin",
        ]
        for (name, role) in roles { try add(name, role: role) }
        try add("els", role: "AppOwner", in: "other")
        try add("X-O", role: "AppOwner", in: "other", to: "example")
        let change = try installation.addAccount("chg@example.test", password: Person.password)
        let password = try installation.service.resetPassword(of: change.id, by: .operator)
        let session = installation.login("chg@example.test", password).sessionToken
        kinds["chg"] = [Caller(token: session ?? "", email: TestInstallation.ownerEmail)]
        // Whatever is joined from now on is no account's oldest organization.
        installation.clock.advance(by: 1)
    }

    private mutating func add(
        _ name: String, role: String, in slug: String = "example", to organization: String? = nil
    ) throws {
        let person = try installation.person(name, [role], in: slug)
        kinds[name] = [Caller(token: person.session, email: person.email, organization: organization)]
    }

    private func badCredentials() throws -> [Caller] {
        var tokens = [("malformed", "pst_x"), ("of no kind", "x")]
        for kind in BearerToken.Kind.allCases {
            tokens.append(("unknown", try BearerToken(kind, random: OpenSSLRandomSource()).text))
        }
        tokens.append(("idle session", try installation.person("idle").session))
        installation.clock.advance(by: 1)
        let old = try installation.person("expired")
        for _ in 0..<3 {
            installation.clock.advance(by: 1199)
            #expect(installation.get("/auth/session", old.session).status == 200)
            try installation.service.recordCredentialUse()
        }
        tokens.append(("expired session", old.session))
        tokens.append(
            (
                "expired token",
                try installation.token(scopes: [.admin], validUntil: installation.clock.now + 3)
            ))
        installation.clock.advance(by: 3)
        let ended = try installation.person("ended")
        try installation.service.endSessions(.all, of: ended.account.id, by: .operator)
        tokens.append(("ended session", ended.session))
        let form = try APITokenForm(name: "t", scopes: [.admin])
        let revoked = try installation.service.createAPIToken(form, for: TestInstallation.ownerEmail, in: nil)
        try installation.service.revokeAPIToken(revoked.record.id)
        tokens.append(("revoked token", revoked.token.text))
        let inactive = try installation.person("inactive")
        tokens.append(("token of an inactive account", try installation.token(of: inactive.email, scopes: [.admin])))
        tokens.append(("session of an inactive account", inactive.session))
        // Past the application, which would have ended them.
        try installation.execute("UPDATE account SET state = 'Inactive' WHERE email = ?", [inactive.email])
        let left = try installation.person("left")
        tokens.append(("token of an inactive user", try installation.token(of: left.email, scopes: [.admin])))
        _ = try installation.service.set(
            .inactive, of: try #require(left.account.users.first).id,
            by: Identity.Caller(.operator(in: installation.organization.id)))
        let erased = try installation.person("erased")
        tokens.append(("token of an erased account", try installation.token(of: erased.email, scopes: [.admin])))
        tokens.append(("session of an erased account", erased.session))
        try installation.service.erase(erased.account.id, by: .operator)
        return tokens.map { Caller(token: $0.1, email: TestInstallation.ownerEmail, note: $0.0) }
    }

    func call(_ row: AuthorizationTests.Row, by caller: Caller, method: String? = nil) throws -> TestAnswer {
        let id = try target(row.target, of: caller)
        let path = row.path.replacing("{id}", with: id).replacing("{hash}", with: id)
        return installation.call(
            method ?? row.method, try naming(credentialOf: id, in: path),
            row.body?.replacing("{id}", with: id), token: caller.token,
            fields: caller.organization.map { ["X-Org": $0] } ?? [:])
    }

    /// The path with a session or an API token of an account in it, if it names one.
    private func naming(credentialOf account: String, in path: String) throws -> String {
        guard path.hasSuffix("Id}") else { return path }
        let email = try installation.service.account(named: account).email.address
        if path.hasSuffix("{sessionId}") {
            return path.replacing("{sessionId}", with: "\(try installation.begin(email).session.id)")
        }
        let form = try APITokenForm(name: "t", scopes: [.login])
        let made = try installation.service.createAPIToken(form, for: email, in: nil)
        return path.replacing("{tokenId}", with: "\(made.record.id)")
    }

    /// Makes the thing that a call shall act on.
    func target(_ target: AuthorizationTests.Target, of caller: Caller) throws -> String {
        let name = "t\(UInt64.random(in: 0...UInt64.max))"
        switch target {
        case .none: return name
        // Nobody's.
        case .factor: return "fac_0000000000000000"
        case .account: return "\(try installation.addAccount("\(name)@example.test").id)"
        case .user: return "\(try #require(try installation.addAccount("\(name)@example.test").users.first).id)"
        case .guest:
            let account = try installation.addAccount("\(name)@third.test", in: "third")
            return "\(try add(account.id, to: installation.organization.id).id)"
        case .joined:
            let organization = try installation.addOrganization(slug: name)
            _ = try add(try installation.service.account(named: caller.email).id, to: organization.id)
            return "\(organization.id)"
        case .stranger: return "\(try installation.addAccount("\(name)@third.test", in: "third").id)"
        case .session:
            let isOwn = caller.email != TestInstallation.ownerEmail
            return "\(try installation.beginPastLogin(isOwn ? caller.email : "target@example.test").id)"
        case .token:
            let form = try APITokenForm(name: "t", scopes: [.login])
            return "\(try installation.service.createAPIToken(form, for: caller.email, in: nil).record.tokenHash)"
        case .pending: return try pendingLogin(by: caller)
        case .assertion:
            let options = installation.call("POST", "/auth/login/passkey/options", token: caller.token)
            return try key.answer(options)
        case .device: return try addDevice(of: caller)
        case .open:
            let organization = try installation.addOrganization(slug: name)
            let form = try OrganizationForm(autoJoin: true, emailPattern: EmailPattern(".*"))
            _ = try installation.service.updateOrganization(form, by: Identity.Caller(.operator(in: organization.id)))
            return "\(organization.id)"
        }
    }

    /// The token of a login that the caller began, if it may, and that waits for the recovery code of the table.
    private func pendingLogin(by caller: Caller) throws -> String {
        try installation.execute("DELETE FROM recovery_code")
        try installation.addRecoveryCodes([try #require(RecoveryCode("4K7QX-M9D2A"))], to: holder)
        let body = TestInstallation.credentials(holder.email.address, Person.password)
        return installation.call("POST", "/auth/login", body, token: caller.token).string("login_token") ?? "none"
    }

    /// The identifier of a trusted device of the caller.
    private func addDevice(of caller: Caller) throws -> String {
        let account = try installation.service.account(named: caller.email).id
        let id: Identifier<TrustedDevice> = try Identifier(random: OpenSSLRandomSource())
        try installation.execute(
            """
            INSERT INTO trusted_device (id, token_hash, account_id, created_at, expires_at, address, user_agent)
            VALUES (\(Int64(bitPattern: id.rawValue)), \(TestInstallation.blob(try OpenSSLRandomSource().bytes(32))),
                \(Int64(bitPattern: account.rawValue)), 1, 9000000000, '', '')
            """)
        return "\(id)"
    }

    private func add(_ account: Identifier<Account>, to organization: Identifier<Organization>) throws -> User {
        try installation.service.createUser(
            of: account, UserForm(), by: Identity.Caller(.operator(in: organization)))
    }
}
