import Identity
import InMemoryLogging
import Logging
import Storage
import TestSupport
import Testing

/// The entries of the audit log about requests that were refused.
struct RefusalTests {
    let installation: TestInstallation
    let ann: Person

    init() throws {
        installation = try TestInstallation(throttle: ThrottlePolicy())
        ann = try installation.person("ann")
    }

    private func refusals() throws -> [AuditEvent] { try installation.audit(.accessRefused) }

    @Test func `what the caller may not do is an entry that says what and why`() throws {
        #expect(installation.get("/account", ann.session).code == "insufficient_scope")
        #expect(installation.get("/app/user", ann.session, org: "other").code == "forbidden")
        #expect(
            installation.call(
                "POST", "/account/\(installation.owner.id)", #"{"state": "Inactive"}"#, token: ann.session
            )
            .status == 403)
        #expect(installation.get("/auth/verify?role=AppAdmin", ann.session).code == "forbidden")
        let entries = try refusals()
        #expect(
            entries.map { $0.details["route"] } == [
                "GET /auth/verify", "POST /account/{id}", "GET /app/user", "GET /account",
            ])
        #expect(
            entries.map { $0.details["code"] } == [
                "forbidden", "insufficient_scope", "forbidden", "insufficient_scope",
            ])
        for entry in entries {
            #expect(entry.actor == ann.account.id && entry.organization == installation.organization.id)
            #expect(entry.address == "192.0.2.1" && !entry.requestID.isEmpty)
            guard case .credential(.session) = entry.credential else { throw StoreError(.unexpected, "no session") }
        }
        #expect(installation.get("/app/audit?type=access.refused", installation.adminToken).rows.count == 4)
    }

    @Test func `a role that can't be granted, a foreign origin and an authorizer are entries too`() throws {
        let answer = installation.call(
            "POST", "/account/\(ann.id)", #"{"roles": ["SuperAdmin"]}"#, token: installation.adminToken)
        #expect(answer.code == "role_not_grantable")
        let foreign = installation.call(
            "DELETE", "/account/session",
            fields: ["Cookie": "__Host-postern_session=\(ann.session)", "Origin": "https://evil.example"])
        #expect(foreign.code == "cross_origin")
        let authorizer = installation.call(
            "GET", "/", token: ann.session,
            variables: ["FCGI_ROLE": "AUTHORIZER", "POSTERN_REQUIRED_ROLE": "AppOwner", "REQUEST_URI": "/private"])
        #expect(authorizer.status == 403)
        #expect(try refusals().map { $0.details["code"] } == ["forbidden", "cross_origin", "role_not_grantable"])
        #expect(try refusals().map(\.actor) == [ann.account.id, nil, installation.owner.id])
    }

    @Test func `what is throttled is an entry without an address`() throws {
        for _ in 0..<6 { _ = installation.login(ann.email, "a wrong password") }
        let entry = try #require(try installation.audit(.attemptThrottled).first)
        #expect(entry.details == ["code": "too_many_attempts", "route": "POST /auth/login"])
        #expect(entry.actor == installation.owner.id && entry.account == nil)
    }

    @Test func `what one client of a program is refused hides nothing of what the others are`() throws {
        for client in ["203.0.113.1", "203.0.113.2"] {
            for _ in 0..<20 {
                _ = installation.login("\(client)@example.test", "wrong", fields: ["X-Client-Address": client])
            }
        }
        let entries = try installation.audit(.attemptThrottled)
        #expect(Set(entries.map(\.address)) == ["203.0.113.1", "203.0.113.2"])
    }

    @Test func `so are bad tokens, once there are too many`() throws {
        for _ in 0..<120 { _ = installation.get("/auth/session", "pst_x") }
        let entries = try installation.audit(.attemptThrottled)
        #expect(entries.count == 10)
        #expect(entries.allSatisfy { $0.actor == nil && $0.organization == nil && $0.address == "192.0.2.1" })
    }

    @Test func `a flood of refusals writes ten entries an hour, the last of which says when the next one comes`() throws
    {
        let program = try installation.token(scopes: [.register])
        for _ in 0..<300 {
            #expect(installation.get("/account", ann.session).status == 403)
            #expect(installation.get("/account", program).status == 403)
        }
        #expect(try refusals().count == 20)
        #expect(try refusals().filter { $0.details["next"] == "\(installation.clock.now + 3600)" }.count == 2)
        // Another process, or one for each request as in CGI, counts on.
        let other = AuthenticationService(
            store: installation.store, hasher: installation.service.hasher, sessionLifetime: 1, sessionIdleTimeout: 300,
            keyring: installation.service.keyring, clock: WallClock { installation.clock.now })
        let principal = try #require(try installation.service.authenticate(bearer: ann.session))
        let refusal = Refusal(.forbidden, code: "insufficient_scope", route: "GET /account")
        for _ in 0..<20 { try other.note(refusal, by: Caller(.principal(principal), address: "192.0.2.1")) }
        #expect(try refusals().count == 20)
        // Another reason is counted apart.
        #expect(installation.get("/app/user", ann.session, org: "other").status == 403)
        #expect(try refusals().count == 21)
        installation.clock.advance(by: 3600)
        #expect(installation.get("/account", try installation.begin(ann.email).token.text).status == 403)
        #expect(try refusals().count == 22)
    }

    @Test func `many networks together fill no log`() throws {
        for number in 0..<700 {
            _ = installation.call(
                "DELETE", "/account/session", fields: ["Cookie": "__Host-postern_session=\(ann.session)"],
                variables: ["REMOTE_ADDR": "203.0.\(number / 250).\(number % 250)"])
        }
        var filter = AuditFilter()
        filter.kind = .accessRefused
        #expect(try installation.store.auditEvents(filter, PageRequest()).total == 500)
        // The log of an organization has room of its own.
        #expect(installation.get("/account", ann.session).status == 403)
        #expect(try installation.store.auditEvents(filter, PageRequest()).total == 501)
    }

    @Test func `a refusal that can't be written is answered all the same, and told`() throws {
        try installation.connection().breakInserts(into: "audit_event", message: "no room")
        for _ in 0..<5 { #expect(installation.get("/account", ann.session).code == "insufficient_scope") }
        let errors = installation.logs.entries.filter { $0.level == .error }
        #expect(errors.count == 1)
        #expect(try #require(errors.first).message.description.contains("no room"))
        try installation.connection().mendInserts(into: "audit_event")
        installation.clock.advance(by: 60)
        #expect(installation.get("/account", ann.session).status == 403)
        #expect(try refusals().count == 1)
    }

    @Test func `what has an entry of its own, or was only wrong, is no refusal`() throws {
        _ = try installation.service.update(ann.account.id, AccountForm(state: .inactive), by: .operator)
        #expect(installation.login(ann.email, Person.password).code == "account_inactive")
        #expect(installation.get("/account/me", "pst_x").status == 401)
        #expect(installation.get("/nothing", installation.adminToken).status == 404)
        #expect(installation.get("/account?page_size=0", installation.adminToken).status == 400)
        #expect(try refusals().isEmpty)
    }
}
