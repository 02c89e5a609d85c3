import AuthAPI
import Cryptography
import Identity
import Storage
import TestSupport
import Testing

struct ImportTests {
    private let installation: TestInstallation

    init() throws {
        installation = try TestInstallation()
    }

    /// Hashes of `correct horse battery staple`: htpasswd, Django, mkpasswd, PHP, PyNaCl.
    static let hashes = [
        "$2y$07$HLklJEQ1L0JCs2Lv57OZvO1PSKUGOKLPwZMqdQPYQItulzDYntG92",
        "pbkdf2_sha256$20000$FJDAt0o9aEfEDKSk2h6GPG$2cCC5ZI3D1OpM+i8liboYr4ZfYJfhU1BKKoucKbmthQ=",
        "$y$j9T$V57d2A8u0CvwLOBYa10vA1$dZAlV3NwcILlmUPyNm4sMEsBlPiGVdKvK0YmuFUUQBA",
        "$6$rounds=20000$phpsaltphpsalt$"
            + "FfJQqRZp480vRYKSTAGAg5mUl4cOzumo9synC9UUTx9YgXD2DDhX417l5Anq4.rub4Lhu4nAp6lWeOCmKC7kg0",
        "$7$C6..../....meOZ287x0UPBRqKY/ZSgu41ZkgPwy0rURotALqsRlk5$Q0kgaRlRnJCLZFhWVkRUvtDEzjYhMrL2zqMbZ32lXj9",
    ]
    static let password = "correct horse battery staple"

    /// Imports lines, numbered from 1.
    private func take(
        _ lines: [String], _ mode: ImportMode = .allOrNothing, organization: String? = "example"
    ) throws -> AccountImport.Outcome {
        var accounts = try AccountImport(installation.service, organization: organization)
        var reader = ImportReader(JSONLines())
        let text = lines.joined(separator: "\n")
        try reader.take(Array(text.utf8)[...]) { record throws(AuthenticationError) in try accounts.take(record) }
        try reader.finish { record throws(AuthenticationError) in try accounts.take(record) }
        return try accounts.finish(mode)
    }

    private func line(_ email: String, _ hash: String = hashes[0], _ more: String = "") -> String {
        #"{"email": "\#(email)", "password_hash": "\#(hash)"\#(more)}"#
    }

    private func storedHash(_ email: String) throws -> String? {
        try installation.store.passwordLookup(emailKey: email, decoySeed: 0)?.passwordHash
    }

    private func accountCount() throws -> Int? {
        try installation.connection().number("SELECT count(*) FROM account")
    }

    /// `line field code` of each fault.
    private func faults(_ outcome: AccountImport.Outcome) -> [String] {
        outcome.refusals.flatMap { refusal in
            refusal.faults.map { "\(refusal.number) \($0.field) \($0.code.rawValue)" }
        }
    }

    @Test(arguments: hashes.indices)
    func `an imported account logs in with its old password, and its hash is renewed`(_ index: Int) throws {
        let outcome = try take([line("Ann@example.test", Self.hashes[index])])
        #expect(outcome.added == 1 && outcome.refusals.isEmpty)
        let before = try #require(try storedHash("ann@example.test"))
        #expect(PasswordHash(encoded: before)?.scheme != TestInstallation.cheapScheme)
        #expect(installation.login("ann@example.test", "correct horse").status == 401)
        #expect(try storedHash("ann@example.test") == before)
        let login = installation.login("ann@example.test", Self.password)
        #expect(login.status == 200)
        #expect(login.object["email"] as? String == "Ann@example.test")
        let after = try #require(try storedHash("ann@example.test"))
        #expect(PasswordHash(encoded: after)?.scheme == TestInstallation.cheapScheme)
        #expect(installation.login("ann@example.test", Self.password).status == 200)
        #expect(try storedHash("ann@example.test") == after)
    }

    @Test func `what the file says of an account is taken over`() throws {
        let other = try installation.addOrganization(slug: "other")
        let more = """
            , "given_name": "Ann", "family_name": "Smith", "roles": ["AppAdmin", "Developer"], "state": "Inactive", \
            "created_at": "2019-07-31T08:15:00Z", "organization": "other", "last_login": 7
            """
        #expect(try take([line("ann@example.test", Self.hashes[0], more), line("bob@example.test")]).added == 2)
        let ann = try #require(try installation.store.account(emailKey: "ann@example.test"))
        #expect(ann.name == "Ann Smith" && ann.givenName == "Ann" && ann.familyName == "Smith")
        #expect(ann.roles.names == ["AppAdmin", "Developer"])
        #expect(ann.state == .inactive)
        #expect(ann.createdAt.description == "2019-07-31T08:15:00Z")
        #expect(ann.users.map(\.organization) == [other.id])
        #expect(installation.login("ann@example.test", Self.password).code == "account_inactive")
        let bob = try #require(try installation.store.account(emailKey: "bob@example.test"))
        #expect(bob.name == "bob" && bob.roles.names == ["AppMember"] && bob.state == .active)
        #expect(bob.createdAt == installation.clock.now)
        #expect(bob.users.map(\.organization) == [installation.organization.id])
    }

    @Test func `each account is in the audit log`() throws {
        _ = try take([line("ann@example.test"), line("bob@example.test")])
        var filter = AuditFilter()
        filter.kind = .accountImported
        let events = try installation.store.auditEvents(filter, PageRequest(size: 10)).items
        #expect(events.count == 2)
        #expect(events.allSatisfy { $0.credential == .commandLine && $0.organization == installation.organization.id })
        let ann = try #require(try installation.store.account(emailKey: "ann@example.test"))
        #expect(events.contains { $0.account == ann.id && $0.details == ["roles": "AppMember"] })
    }

    @Test func `an account without password has none until one is set`() throws {
        #expect(try take([#"{"email": "ann@example.test", "password_hash": null}"#]).added == 1)
        for password in ["", "null", Self.password] {
            #expect(installation.login("ann@example.test", password).status != 200)
        }
        let ann = try #require(try installation.store.account(emailKey: "ann@example.test"))
        let generated = try installation.service.resetPassword(of: ann.id, by: .operator)
        #expect(installation.login("ann@example.test", generated).status == 200)
    }

    @Test func `every fault of every line is told, with the line's number`() throws {
        let outcome = try take([
            line("ann@example.test"),
            "{", "[]", #"{"email": "a@b", "email": "c@d"}"#, "\u{FEFF}{}", "{}",
            #"{"email": "no address", "password_hash": 7, "roles": ["AppMember", "King", 3], "state": "Gone"}"#,
            line("b@example.test", "5f4dcc3b5aa765d61d8327deb882cf99"),
            line("c@example.test", "$2y$31$HLklJEQ1L0JCs2Lv57OZvO1PSKUGOKLPwZMqdQPYQItulzDYntG92"),
            line("d@example.test", Self.hashes[0], #", "created_at": "yesterday", "organization": "nowhere""#),
            line(
                "e@example.test", Self.hashes[0],
                #", "organization": "nowhere", "created_at": "2199-01-01T00:00:00Z""#),
            line("f@example.test", Self.hashes[0], #", "name": "a\u0007b""#),
        ])
        #expect(
            faults(outcome) == [
                "2  malformed_json", "3  wrong_type", "4  malformed_json", "5  malformed_json", "6 email required",
                "6 password_hash required", "7 email invalid_format", "7 password_hash wrong_type",
                "7 roles/2 wrong_type", "7 roles/1 unknown_role", "7 state unknown_state",
                "8 password_hash unusable_hash", "9 password_hash unusable_hash", "10 created_at invalid_format",
                "11 organization unknown_organization", "11 created_at out_of_range", "12 name invalid_character",
            ])
        #expect(outcome.accepted == 1 && outcome.added == 0)
        #expect(try accountCount() == 1)
    }

    @Test func `an address that stands twice is refused, as is one that exists already`() throws {
        try installation.addAccount("bob@example.test")
        let lines = [
            line("ann@example.test"), line("BOB@example.test"), line("ANN@Example.Test"), line("carl@example.test"),
        ]
        let outcome = try take(lines)
        #expect(faults(outcome) == ["2 email account_exists", "3 email repeated"])
        #expect(outcome.refusals[1].faults[0].detail.contains("Line 1"))
        #expect(outcome.accepted == 2 && outcome.added == 0)
        #expect(try accountCount() == 2)
    }

    @Test func `nothing is added where only the store refuses a line`() throws {
        try installation.addAccount("bob@example.test")
        let outcome = try take([line("ann@example.test"), line("bob@example.test")])
        #expect(faults(outcome) == ["2 email account_exists"])
        #expect(outcome.added == 0)
        #expect(try accountCount() == 2)
    }

    @Test func `what fits is added where that is wanted`() throws {
        try installation.addAccount("bob@example.test")
        let outcome = try take(
            [line("ann@example.test"), "{", line("bob@example.test"), line("carl@example.test")], .whatFits)
        #expect(faults(outcome) == ["2  malformed_json", "3 email account_exists"])
        #expect(outcome.accepted == 2 && outcome.added == 2)
        #expect(installation.login("carl@example.test", Self.password).status == 200)
        #expect(installation.login("bob@example.test", "correct horse battery").status == 200)
    }

    @Test func `a dry run tells the same and adds nothing`() throws {
        try installation.addAccount("bob@example.test")
        let lines = [line("ann@example.test"), line("bob@example.test")]
        let outcome = try take(lines, .dryRun)
        #expect(faults(outcome) == ["2 email account_exists"])
        #expect(outcome.accepted == 1 && outcome.added == 0)
        #expect(try accountCount() == 2)
    }

    @Test func `an identifier of the other system is kept, and an account is found by it`() throws {
        let lines = [
            line("ann@example.test", Self.hashes[0], #", "external_id": "42""#), line("bob@example.test"),
            line("cy@example.test", Self.hashes[0], #", "external_id": "42""#),
            line("di@example.test", Self.hashes[0], #", "external_id": """#),
            line("ed@example.test", Self.hashes[0], #", "external_id": "\#(String(repeating: "é", count: 128))""#),
            line("flo@example.test", Self.hashes[0], #", "external_id": "a\u0007""#),
        ]
        let outcome = try take(lines, .whatFits)
        #expect(
            faults(outcome) == [
                "3 external_id repeated", "4 external_id too_short", "5 external_id too_long",
                "6 external_id invalid_character",
            ])
        #expect(outcome.imported.map(\.externalID) == ["42", nil])
        let ann = try installation.service.account(externalID: "42")
        #expect(ann.email.address == "ann@example.test" && ann.externalID == "42")
        #expect(throws: AuthenticationError.self) { try installation.service.account(externalID: "43") }
        let other = line("gus@example.test", Self.hashes[0], #", "external_id": "42""#)
        #expect(faults(try take([other])) == ["1 external_id account_exists"])
        // Once it is erased, nothing of it is left.
        try installation.service.erase(ann.id, by: .operator)
        #expect(try take([other]).added == 1)
    }

    @Test func `the list of accounts is asked for the one with an identifier of another system`() throws {
        _ = try installation.addOrganization(slug: "other")
        let ids = ["a b&é": "example", "x": "other"]
        _ = try take(
            ids.sorted { $0.key < $1.key }.map { id, organization in
                line(
                    "\(organization)@example.test", Self.hashes[0],
                    #", "external_id": "\#(id)", "organization": "\#(organization)""#)
            })
        let token = try installation.token(of: "example@example.test", scopes: [.accountsRead])
        func found(_ query: String, _ token: String) -> [String] {
            let answer = installation.get("/account?\(query)", token)
            return (answer.object["data"] as? [[String: Any]] ?? []).compactMap { $0["email"] as? String }
        }
        let encoded = "external_id=a%20b%26%C3%A9"
        #expect(found(encoded, installation.adminToken) == ["example@example.test"])
        #expect(found(encoded, token) == ["example@example.test"])
        #expect(found("external_id=x", token) == [])
        #expect(found("\(encoded)&state=Inactive", token) == [])
        #expect(found("\(encoded)&email=example@example.test", token) == ["example@example.test"])
        #expect(found("\(encoded)&email=owner@example.test", token) == [])
        #expect(found("\(encoded)&email=owner@example.test", installation.adminToken) == [])
        #expect(found("external_id=", installation.adminToken) == [])
        #expect(installation.get("/account?external_id=x&external_id=y", token).status == 400)
    }

    @Test func `refusals are counted by their reason, the most frequent first`() throws {
        let outcome = try take([
            line("ann@example.test"), "{", line("bob@example.test", "5f4dcc3b"), "[]", line("ann@example.test"), "{{",
        ])
        #expect(
            outcome.reasons.map { "\($0.count) \($0.examples[0].fault.field) \($0.examples[0].fault.code.rawValue)" }
                == ["2  malformed_json", "1 password_hash unusable_hash", "1  wrong_type", "1 email repeated"])
        #expect(outcome.reasons[0].examples.map(\.refusal.number) == [2, 6])
        #expect(outcome.reasons[1].examples[0].refusal.email?.address == "bob@example.test")
    }

    @Test func `refused records are all counted and told when they are found, and the first are kept`() throws {
        try installation.addAccount("bob@example.test")
        var told: [Int] = []
        var accounts = try AccountImport(installation.service, organization: "example", keepingRefusals: 2) {
            told.append($0.number)
            #expect($1 == .record)
        }
        accounts.unit = .record
        for number in [4, 2, 9] { accounts.refuse(number: number, faults: [InputFault("email", .required, "None.")]) }
        for (number, email) in [(1, "bob@example.test"), (3, "ann@example.test")] {
            let form = try ImportForm(email: EmailAddress(email), passwordHash: .some(nil))
            try accounts.add(form, number: number)
        }
        #expect(accounts.refusedCount == 3 && told == [4, 2, 9])
        let outcome = try accounts.finish(.whatFits)
        #expect(told == [4, 2, 9, 1])
        #expect(outcome.refusedCount == 4 && outcome.refusals.map(\.number) == [2, 4])
        #expect(outcome.reasons.map(\.count) == [3, 1] && outcome.added == 1)
    }

    @Test func `an organization must be named, for all or in the line`() throws {
        let inLine = line("ann@example.test", Self.hashes[0], #", "organization": "example""#)
        let outcome = try take([inLine, line("bob@example.test")], .whatFits, organization: nil)
        #expect(faults(outcome) == ["2 organization required"])
        #expect(outcome.added == 1)
        #expect(throws: AuthenticationError.notFound("an organization nowhere")) {
            try take([], organization: "nowhere")
        }
    }
}
