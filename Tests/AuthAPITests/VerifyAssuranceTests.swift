import Foundation
import HTTPTypes
import Identity
import TestSupport
import Testing

/// The assurance that a web server asks for.
struct VerifyAssuranceTests {
    let installation: TestInstallation
    let ann: Person

    init() throws {
        installation = try TestInstallation { $0.allowSecondFactors() }
        ann = try installation.person("ann", ["AppAdmin"])
    }

    private func verify(_ query: String, _ token: String? = nil) -> TestAnswer {
        installation.get("/auth/verify?\(query)", token ?? ann.session)
    }

    private func authorizer(_ variables: [String: String], _ token: String? = nil) -> TestAnswer {
        let role = ["FCGI_ROLE": "AUTHORIZER", "REQUEST_URI": "/page"]
        return installation.call(
            "GET", "", token: token ?? ann.session, variables: role.merging(variables) { $1 })
    }

    private func field(_ answer: TestAnswer, _ name: String) -> String? {
        HTTPField.Name(name).flatMap { answer.fields[$0] }
    }

    @Test func `two factors are asked for`() throws {
        #expect(verify("factor=2").code == "second_factor_enrolment_required")
        try installation.addTOTP(to: ann.account)
        let answer = verify("factor=2&role=AppAdmin&org=example")
        #expect(answer.status == 401 && answer.code == "reauthentication_required")
        #expect(answer.object["factor"] as? Int == 2 && answer.object["methods"] as? [String] == ["totp"])
        #expect(answer.object["max_age"] == nil && answer.fields[.setCookie] == nil)
        try installation.setAuthentication(of: ann.account, [.password, .trustedDevice])
        #expect(verify("factor=2").code == "reauthentication_required")
        try installation.setAuthentication(of: ann.account, [.password, .totp], age: 5000, factorAge: 5000)
        #expect(verify("factor=2").status == 204)
        #expect(field(verify("factor=2"), "X-Auth-Time") == nil)
        // Once the factor is gone, the account has none, whatever the session has proved.
        try installation.execute("UPDATE account SET factors = 0")
        #expect(verify("factor=2").code == "second_factor_enrolment_required")
    }

    @Test func `an API token never rests on two factors, and has no age`() throws {
        let token = try installation.token(of: ann.email, scopes: [], ceiling: .appAdmin)
        #expect(verify("factor=2", token).code == "forbidden")
        #expect(verify("max_age=1", token).status == 204)
        #expect(field(verify("max_age=1", token), "X-Auth-Time") == nil)
        #expect(authorizer(["POSTERN_REQUIRED_FACTOR": "2"], token).code == "forbidden")
        #expect(authorizer(["POSTERN_REQUIRED_MAX_AGE": "1"], token).status == 200)
    }

    @Test func `a recent login is asked for, and its time told`() throws {
        try installation.setAuthentication(of: ann.account, .password, age: 900)
        let answer = verify("max_age=900")
        #expect(answer.status == 204)
        #expect(field(answer, "X-Auth-Time") == "2026-02-08T13:57:45Z")
        #expect(field(verify("role=AppAdmin"), "X-Auth-Time") == nil)
        let old = verify("max_age=899")
        #expect(old.status == 401 && old.code == "reauthentication_required")
        #expect(
            old.fields[.wwwAuthenticate]
                == #"Bearer realm="postern", error="insufficient_user_authentication", max_age=899"#)
        #expect(field(old, "X-Auth-Account") == nil && old.object["max_age"] as? Int == 899)
        // Also if the installation's own freshness is off, since the web server asks.
        try installation.execute("DELETE FROM meta")
        #expect(verify("max_age=899").status == 401)
    }

    @Test func `both are asked for together`() throws {
        try installation.addTOTP(to: ann.account)
        try installation.setAuthentication(of: ann.account, [.password, .totp], age: 0, factorAge: 901)
        let answer = verify("factor=2&max_age=900")
        #expect(answer.object["factor"] as? Int == 2 && answer.object["max_age"] as? Int == 900)
        try installation.setAuthentication(of: ann.account, [.password, .totp], age: 10, factorAge: 10)
        #expect(verify("factor=2&max_age=900").status == 204)
    }

    @Test func `a role that lacks comes first`() throws {
        try installation.setAuthentication(of: ann.account, .password, age: 10_000)
        #expect(verify("role=AppOwner&max_age=900").code == "forbidden")
        #expect(verify("role=AppOwner&factor=2").code == "forbidden")
    }

    @Test func `an authorizer asks for the same`() throws {
        let two = ["POSTERN_REQUIRED_FACTOR": "2"]
        #expect(authorizer(two).code == "second_factor_enrolment_required")
        try installation.addTOTP(to: ann.account)
        #expect(authorizer(two).code == "reauthentication_required")
        try installation.setAuthentication(of: ann.account, [.password, .totp], age: 60, factorAge: 60)
        #expect(authorizer(two).status == 200)
        let answer = authorizer(["POSTERN_REQUIRED_FACTOR": "2", "POSTERN_REQUIRED_MAX_AGE": "60"])
        #expect(field(answer, "Variable-AUTH_TIME") == "2026-02-08T14:11:45Z")
        #expect(field(authorizer(two), "Variable-AUTH_TIME") == nil)
        #expect(authorizer(["POSTERN_REQUIRED_MAX_AGE": "59"]).status == 401)
        // A client's fields ask for nothing, and make nothing weaker.
        #expect(authorizer(["HTTP_POSTERN_REQUIRED_FACTOR": "3"]).status == 200)
    }

    @Test func `a pending obligation lets nobody through`() throws {
        let installation = try TestInstallation { $0.allowSecondFactors(.required) }
        let bob = try installation.person("bob")
        #expect(installation.get("/auth/verify", bob.session).code == "second_factor_enrolment_required")
        let answer = installation.call(
            "GET", "", token: bob.session, variables: ["FCGI_ROLE": "AUTHORIZER", "REQUEST_URI": "/page"])
        #expect(answer.status == 403 && answer.code == "second_factor_enrolment_required")
    }
}
