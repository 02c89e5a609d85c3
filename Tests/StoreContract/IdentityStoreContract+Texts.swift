import Identity
import TestSupport
import Testing

extension IdentityStoreContract {
    @Test(arguments: ["ann\u{0}@example.test", "\u{0}", "ann@example.test\u{0}"])
    func `a text with U+0000 is not found, and is never an error`(text: String) throws {
        let account = try add("ann@example.test")
        #expect(try store.account(emailKey: text) == nil)
        #expect(try !store.hasAccount(emailKey: text))
        #expect(try store.passwordLookup(emailKey: text, decoySeed: account.id.rawValue) == nil)
        #expect(try store.organization(text) == nil)
        for organization in [organization.id, nil] {
            let filters = [
                AccountFilter(organization: organization, emailKey: text),
                AccountFilter(organization: organization, externalID: text),
                AccountFilter(organization: organization, search: try AccountSearch(input: "x\(text)")),
            ]
            for filter in filters { #expect(try store.accounts(filter, PageRequest()).total == 0) }
        }
        var filter = AuditFilter()
        filter.address = text
        #expect(try store.auditEvents(filter, PageRequest()).total == 0)
    }

    @Test func `details come back, whatever characters they have`() throws {
        let details = ["a": "\"\\/\n\u{1}\u{1F}\u{7F}é😀", "b\"": "", "before": "2026-02-08T14:12:45Z"]
        let event = try Self.event(.logout, at: now + 1, details: details)
        try store.append(event)
        try store.append(try Self.event(.logout, at: now + 2, details: ["a": "x\u{0}y"]))
        let found = try store.auditEvents(AuditFilter(), PageRequest(size: 2)).items
        #expect(found.map(\.details) == [["a": "x\u{FFFD}y"], details])
    }

    @Test func `an address that comes later in an import is not why an earlier account is refused`() throws {
        let first = try Self.account("ann@example.test", in: organization.id, externalID: "1", at: now)
        let second = try Self.account("bob@example.test", in: organization.id, externalID: "1", at: now)
        let third = try Self.account("bob@example.test", in: organization.id, externalID: "2", at: now)
        let fourth = try Self.account("ann@example.test", in: organization.id, externalID: "2", at: now)
        let accounts = try [first, second, third, fourth].map {
            NewAccount(account: $0, passwordHash: "$h", event: try Self.event(.accountImported, account: $0.id))
        }
        let refused = [RefusedAccount(index: 1, cause: .externalID), RefusedAccount(index: 3, cause: .email)]
        #expect(try store.insert(accounts, .dryRun) == refused)
        #expect(try store.insert(accounts, .whatFits) == refused)
        #expect(try store.account(third.id) == third)
        #expect(try kinds().count { $0 == .accountImported } == 2)
    }

    @Test func `a login or a token that is refused ends nothing`() throws {
        let (ann, bob) = (try add("ann@example.test"), try add("bob@example.test"))
        let (session, other) = (try session(of: ann), try session(of: bob))
        _ = try begin(session, of: ann)
        let before = try kinds()
        let replaced = ReplacedSession(tokenHash: session.tokenHash) { _, _ in try Self.event(.sessionEnded) }
        let refused = try store.begin(
            other, proof: .password(verified: "$h$another", renewed: nil), replaced: replaced,
            attempt: ThrottleReservation()
        ) { _ in try Self.event(.loginSucceeded) }
        #expect(refused == nil)
        #expect(try store.sessions([session.id, other.id]).map(\.id) == [session.id])
        #expect(try kinds() == before)
    }
}
