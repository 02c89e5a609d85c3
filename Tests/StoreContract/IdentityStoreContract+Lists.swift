import Cryptography
import Identity
import Testing

extension IdentityStoreContract {
    /// Walks a whole list in pages.
    private func walk<Item>(
        size: Int, backward: Bool = false, _ page: (PageRequest) throws -> Page<Item>
    ) throws -> [Item] {
        var part = try page(PageRequest(size: size))
        if backward { while let next = part.next { part = try page(PageRequest(size: size, position: .after(next))) } }
        var items = part.items
        while let cursor = backward ? part.previous : part.next {
            part = try page(PageRequest(size: size, position: backward ? .before(cursor) : .after(cursor)))
            items = backward ? part.items + items : items + part.items
        }
        return items
    }

    @Test(arguments: [1, 2, 3, 5, 100], [false, true])
    func `a list in pages is the whole list, in either direction`(_ size: Int, _ backward: Bool) throws {
        // Many in one second, whose order is that of their identifiers.
        for index in 0..<7 { _ = try add("a\(index)@example.test", at: now + Int64(index / 3)) }
        let all = try store.accounts(AccountFilter(), PageRequest(size: 100)).items
        #expect(all.count == 8)
        #expect(all.map(\.createdAt) == all.map(\.createdAt).sorted())
        #expect(try walk(size: size, backward: backward) { try store.accounts(AccountFilter(), $0) } == all)
        let members = AccountFilter(organization: organization.id)
        #expect(try Set(walk(size: size) { try store.accounts(members, $0) }.map(\.id)) == Set(all.map(\.id)))
        let users = try walk(size: size, backward: backward) { try store.users(in: organization.id, $0) }
        #expect(Set(users.map(\.account)) == Set(all.map(\.id)))
        #expect(users.count == 8)
        let events = try walk(size: size, backward: backward) { try store.auditEvents(AuditFilter(), $0) }
        #expect(events == (try store.auditEvents(AuditFilter(), PageRequest(size: 100)).items))
        #expect(events.count == 8)
    }

    @Test func `a page tells what is beside it`() throws {
        for index in 0..<4 { _ = try add("a\(index)@example.test", at: now + Int64(index) + 1) }
        func page(_ position: PageRequest.Position) throws -> Page<Account> {
            try store.accounts(AccountFilter(), PageRequest(size: 2, position: position))
        }
        let first = try page(.first)
        #expect(first.total == 5)
        #expect(first.previous == nil)
        let second = try page(.after(try #require(first.next)))
        let third = try page(.after(try #require(second.next)))
        #expect(third.items.count == 1)
        #expect(third.next == nil)
        #expect(try page(.before(try #require(third.previous))).items == second.items)
        let again = try page(.before(try #require(second.previous)))
        #expect(again.items == first.items)
        #expect(again.previous == nil)
        #expect(again.next == first.next)
    }

    @Test func `rows that come and go make no other row come twice or be skipped`() throws {
        var always: [Account] = []
        for index in 0..<20 { always.append(try add("stays\(index)@example.test", at: now + Int64(index) * 10)) }
        var goes: [Account] = []
        for index in 0..<20 { goes.append(try add("goes\(index)@example.test", at: now + Int64(index) * 10 + 5)) }
        var step = 0
        let seen = try walk(size: 3) { request in
            defer { step += 1 }
            let page = try store.accounts(AccountFilter(), request)
            // Before and behind the place that the walk has come to.
            for index in [step, 19 - step] where index >= 0 && index < 20 && step < 10 {
                _ = try add("new\(step)-\(index)@example.test", at: now + Int64(index) * 10 + 2)
                _ = try store.change(.account(goes[index].id)) { present, _ in
                    var change = AccountEdit(present, events: [], ending: Self.ending)
                    change.erases = true
                    return change
                }
            }
            return page
        }
        #expect(Set(seen.map(\.id)).count == seen.count)
        #expect(Set(always.map(\.id)).isSubset(of: Set(seen.map(\.id))))
    }

    @Test func `a filter leaves what fits`() throws {
        let ann = try add("ann@example.test")
        let bob = try add("bob@example.test", at: now + 1)
        _ = try store.change(.account(bob.id)) { present, _ in
            var change = AccountEdit(present, events: [], ending: Self.ending)
            change.account.state = .inactive
            return change
        }
        func ids(_ filter: AccountFilter) throws -> [Identifier<Account>] {
            let page = try store.accounts(filter, PageRequest())
            #expect(page.total == page.items.count)
            return page.items.map(\.id)
        }
        let other: Identifier<Organization> = try Self.id()
        #expect(try ids(AccountFilter(emailKey: "ann@example.test")) == [ann.id])
        #expect(try ids(AccountFilter(emailKey: "nobody@example.test")) == [])
        #expect(try ids(AccountFilter(state: .inactive)) == [bob.id])
        #expect(try ids(AccountFilter(state: .active)).contains(bob.id) == false)
        #expect(try ids(AccountFilter(organization: organization.id, state: .inactive)) == [bob.id])
        #expect(
            try ids(AccountFilter(organization: organization.id, emailKey: "bob@example.test", state: .active)) == [])
        #expect(try ids(AccountFilter(organization: other)) == [])
    }

    @Test func `a search finds what an address or a name contains, in either case, and takes nothing for a sign`()
        throws
    {
        let emails = ["Ann@Example.test", "bob@example.test", "c*d@example.test"]
        for (index, email) in emails.enumerated() { _ = try add(email, at: now + Int64(index) + 1) }
        let bob = try #require(try store.account(emailKey: "bob@example.test"))
        _ = try store.change(.account(bob.id)) { present, _ in
            var change = AccountEdit(present, events: [], ending: Self.ending)
            change.account.name = "Ærøskøbing [x] ß"
            return change
        }
        func found(_ text: String, in organization: Identifier<Organization>? = nil) throws -> [String] {
            let search = try AccountSearch(input: text)
            let page = try store.accounts(AccountFilter(organization: organization, search: search), PageRequest())
            #expect(page.total == page.items.count)
            return page.items.map(\.email.address)
        }
        #expect(try found("ANN@e") == ["Ann@Example.test"])
        #expect(try found("example.TEST").count == 4)
        for text in ["æRØSKØBING", "ærø", "[X]", " [x] ß ", "x]"] { #expect(try found(text) == [emails[1]], "\(text)") }
        #expect(try found("*") == [emails[2]])
        for text in ["?", "a*n", "[a]", "%", "_", "ann@example.test.", "^"] {
            #expect(try found(text) == [], "\(text)")
        }
        #expect(try found("bob", in: organization.id) == [emails[1]])
        #expect(try found("bob", in: Self.id()) == [])
        for text in ["", " ", String(repeating: "a", count: 101)] {
            #expect(throws: ValueFault.self) { try AccountSearch(input: text) }
        }
    }

    @Test func `the sessions of all accounts are listed, the newest first`() throws {
        let (ann, bob) = (try add("ann@example.test"), try add("bob@example.test"))
        var sessions: [Session] = []
        for (index, account) in [ann, bob, ann].enumerated() {
            let session = Session(
                id: try Self.id(), tokenHash: TokenHash(bytes: try OpenSSLRandomSource().bytes(32)),
                account: account.id, createdAt: now + Int64(index), lastSeen: now + 3, expiresAt: now + 60,
                address: "192.0.2.1", userAgent: "test")
            _ = try begin(session, of: account)
            sessions.insert(session, at: 0)
        }
        func ids(at time: Timestamp, idleSince: Timestamp? = nil, limit: Int? = nil) throws -> [Identifier<Session>] {
            try store.sessionIDs(at: time, idleSince: idleSince ?? now, limit: limit)
        }
        let all = sessions.map(\.id)
        #expect(try ids(at: now + 3) == all)
        #expect(try ids(at: now + 3, limit: 2) == Array(all.prefix(2)))
        #expect(try ids(at: now + 60) == [] && ids(at: now + 3, idleSince: now + 3) == [])
        #expect(try store.sessions(all) == sessions)
        #expect(try store.endSessions(.one(all[1]), of: bob.id, event: Self.ending) == 1)
        #expect(try store.sessions(all) == [sessions[0], sessions[2]])
    }

    @Test func `the audit log keeps what it was told, and is searched by each of its parts`() throws {
        let account = try add("ann@example.test")
        let event = AuditEvent(
            id: try Self.id(), time: now + 10, kind: .tokenCreated, actor: account.id,
            credential: .credential(.session(try Self.id())), account: account.id, target: "tok_1",
            organization: organization.id, address: "2001:db8::1", requestID: "r-2", details: ["a": "b \"c\"", "ü": ""])
        try store.append(event)
        func found(_ set: (inout AuditFilter) -> Void) throws -> [AuditEvent] {
            var filter = AuditFilter()
            set(&filter)
            let page = try store.auditEvents(filter, PageRequest())
            return page.items
        }
        #expect(try found { _ in }.first == event)
        #expect(try found { $0.kind = .tokenCreated } == [event])
        #expect(try found { $0.actor = account.id } == [event])
        // The account's registration is in the log of its organization too.
        #expect(try found { $0.organization = organization.id }.map(\.kind) == [.tokenCreated, .accountRegistered])
        #expect(try found { $0.since = now + 10 } == [event])
        #expect(try found { $0.until = now + 10 }.contains(event) == false)
        #expect(try found { $0.account = account.id }.count == 2)
        #expect(try found { $0.kind = .logout } == [])
        #expect(try found { $0.address = "2001:db8::1" } == [event])
        #expect(try found { ($0.address, $0.account) = ("192.0.2.1", account.id) }.map(\.kind) == [.accountRegistered])
        #expect(try found { ($0.address, $0.actor) = ("192.0.2.1", account.id) } == [])
    }

    @Test func `the audit log is pruned up to a moment, and says so`() throws {
        _ = try add("ann@example.test")
        try store.append(Self.event(.logout, at: now + 100))
        let pruned = try Self.event(.auditPruned, at: now + 200)
        #expect(try store.pruneAudit(before: now, event: pruned) == 0)
        #expect(try store.pruneAudit(before: now + 100, event: pruned) == 2)
        #expect(try kinds() == [.auditPruned, .logout])
    }
}
