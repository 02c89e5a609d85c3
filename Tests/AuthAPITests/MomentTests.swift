import Foundation
import Identity
import TestSupport
import Testing

/// Moments as they are taken and answered.
struct MomentTests {
    let installation: TestInstallation

    init() throws {
        installation = try TestInstallation()
    }

    @Test(arguments: [
        ("2027-01-31T00:00:00Z", "2027-01-31T00:00:00Z"), ("2027-01-31t01:00:00.999z", "2027-01-31T01:00:00Z"),
        ("2027-01-31T01:30:00+01:30", "2027-01-31T00:00:00Z"), ("2026-12-31T23:59:60Z", "2027-01-01T00:00:00Z"),
    ])
    func `the end of a token is taken as RFC 3339 has it, and answered in UTC`(_ text: String, _ answered: String) {
        let made = installation.post("/account/token", #"{"name": "t", "scopes": [], "valid_until": "\#(text)"}"#)
        #expect(made.string("valid_until") == answered)
    }

    @Test(arguments: ["2027-01-31", "2027-01-31T00:00:00", "2027-02-29T00:00:00Z", "2027-01-31T00:00:00+25:00"])
    func `what is not a moment is told`(_ text: String) {
        let made = installation.post("/account/token", #"{"name": "t", "scopes": [], "valid_until": "\#(text)"}"#)
        #expect(made.faults == ["/valid_until invalid_format"])
    }

    @Test func `the audit log is asked for moments with an offset, a plus sign of which stands for itself`() throws {
        try installation.addAccount("ann@example.test")
        func count(_ query: String) -> Int {
            installation.get("/app/audit?\(query)", installation.adminToken).rows.count
        }
        let all = count("")
        #expect(all > 0)
        for moment in ["2026-02-08T15:12:45+01:00", "2026-02-08t14:12:45.5z", "2026-02-08T15:12:45%2B01:00"] {
            #expect(count("since=\(moment)") == all)
            #expect(count("until=\(moment)") == 0)
        }
    }

    @Test func `an imported account was made at the moment that its file says`() throws {
        var accounts = try AccountImport(installation.service, organization: "example")
        try accounts.add(
            ImportForm(
                email: EmailAddress("ann@example.test"), passwordHash: .some(nil),
                createdAt: Timestamp("2019-07-31t10:15:00.25+02:00")),
            number: 1)
        _ = try accounts.finish(.allOrNothing)
        let account = try installation.service.account(named: "ann@example.test")
        #expect("\(account.createdAt)" == "2019-07-31T08:15:00Z")
    }
}
