import Foundation
import Identity
import TestSupport
import Testing

/// Spellings of one email address.
struct AddressTests {
    let installation: TestInstallation

    init() throws {
        installation = try TestInstallation()
    }

    private func register(_ email: String) -> TestAnswer {
        installation.post("/auth/register", TestInstallation.credentials(email, "northern lights"))
    }

    @Test(arguments: [" ann@example.test", "ann@example.test \n", "\t\u{A0}ann@example.test\u{3000}"])
    func `white space around an address makes no other one, at register, login and in a filter`(_ typed: String) throws
    {
        let made = register(typed)
        #expect(made.status == 200)
        #expect(made.string("email") == "ann@example.test")
        #expect(register("ann@example.test").code == "account_exists")
        #expect(installation.login(typed, "northern lights").string("id") == made.string("id"))
        #expect(installation.login("ann@example.test", "northern lights").status == 200)
        let query = try #require(typed.addingPercentEncoding(withAllowedCharacters: .alphanumerics))
        #expect(installation.get("/account?email=\(query)", installation.adminToken).rows.count == 1)
        #expect(try installation.service.account(named: typed).email.address == "ann@example.test")
    }

    @Test(arguments: [
        ("ann@bücher.example", "ann@xn--bcher-kva.example"), ("ann@xn--bcher-kva.example", "Ann@BÜCHER.example"),
    ])
    func `an internationalized domain is one account in either spelling, shown as typed`(
        _ first: String, _ second: String
    ) throws {
        let made = register(first)
        #expect(made.string("email") == first)
        #expect(register(second).code == "account_exists")
        let login = installation.login(second, "northern lights")
        #expect(login.string("id") == made.string("id"))
        #expect(login.string("email") == first)
        #expect(installation.login(first, "northern lights").status == 200)
        var accounts = try AccountImport(installation.service, organization: "example")
        try accounts.add(ImportForm(email: EmailAddress(second), passwordHash: .some(nil)), number: 1)
        #expect(try accounts.finish(.allOrNothing).refusals.first?.faults.first?.code == .accountExists)
    }

    @Test func `an IP address is not a domain`() {
        for email in ["i@192.0.2.1", "i@1.1", "i@127.1"] {
            #expect(register(email).faults == ["/email invalid_format"])
            #expect(installation.login(email, "northern lights").code == "invalid_credentials")
        }
    }

    @Test func `an account of an earlier version's rules is still logged in to`() throws {
        let ann = try installation.addAccount("ann@example.test", password: "northern lights")
        try installation.execute(
            "UPDATE account SET email = 'i@192.0.2.1', email_key = 'i@192.0.2.1' WHERE id = ?",
            [Int64(bitPattern: ann.id.rawValue)])
        #expect(installation.login("I@192.0.2.1", "northern lights").string("id") == "\(ann.id)")
    }

    @Test func `an address with too many marks has no account, and is told from none by nothing`() {
        let marks = String(repeating: "\u{301}", count: 31)
        let known = installation.login("nobody@example.test", "northern lights")
        for (email, password) in [
            ("a\(marks)@example.test", "northern lights"), (TestInstallation.ownerEmail, "a\(marks)"),
            (TestInstallation.ownerEmail, String(repeating: "é", count: 7000)),
        ] {
            let answer = installation.login(email, password)
            #expect(answer.status == 401)
            #expect(answer.code == known.code)
            #expect(answer.string("detail") == known.string("detail"))
        }
        #expect(register("a\(marks)@example.test").faults == ["/email invalid_format"])
    }
}
