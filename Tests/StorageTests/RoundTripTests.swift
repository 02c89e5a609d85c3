import Identity
import StoreContract
import TestSupport
import Testing

@testable import Storage

/// The round trips of each operation to an engine at the far end of a connection, the beginning and the end of a
/// transaction included.
struct RoundTripTests {
    private typealias Contract = IdentityStoreContract

    private let folder: TemporaryFolder
    private let store: DeferredStore
    private let now = Timestamp(secondsSince1970: 1_770_559_965)
    private let organization: Organization
    private let owner: Account
    private let ann: Account

    init() throws {
        folder = try TemporaryFolder()
        _ = try SQLiteStore.create(path: folder.path("p.sqlite3"))
        store = try DeferredStore(folder.path("p.sqlite3"))
        organization = Organization(id: try Contract.id(), slug: "example", name: "Example", createdAt: now)
        owner = try Contract.account("owner@example.test", in: organization.id, roles: [.appOwner], at: now)
        ann = try Contract.account("ann@example.test", in: organization.id, externalID: "a1", at: now)
        #expect(try store.initialize(organization, owner: owner, passwordHash: "$h$o", events: []))
        #expect(try store.insert(ann, passwordHash: "$h$a", event: Contract.event(.accountRegistered, account: ann.id)))
    }

    private func session(_ number: UInt8, of account: Account) throws -> Session {
        Session(
            id: Identifier(rawValue: UInt64(number)), tokenHash: TokenHash(bytes: [number]), account: account.id,
            createdAt: now, lastSeen: now, expiresAt: now + 60, address: "192.0.2.1", userAgent: "test")
    }

    @discardableResult
    private func begin(_ session: Session, replaced: ReplacedSession? = nil, hash: String = "$h$a") throws -> Account? {
        try store.begin(
            session, proof: .password(verified: hash, renewed: "$h$a"), replaced: replaced,
            attempt: ThrottleReservation()
        ) { try Contract.event(.loginSucceeded, account: $0.id) }
    }

    private func token(_ number: UInt8) -> APIToken {
        APIToken(
            id: Identifier(rawValue: UInt64(number)), tokenHash: TokenHash(bytes: [number]), name: "robot",
            account: ann.id, organization: organization.id, scopes: ScopeSet([.login]), roleCeiling: nil,
            createdAt: now, validUntil: nil)
    }

    private func insert(_ token: APIToken, mayHave: Bool = true) throws -> Bool {
        try store.insert(
            token, maker: .session(Identifier(rawValue: 1)), mayHave: { _ in mayHave },
            event: try Contract.event(.tokenCreated), revoked: Contract.ending)
    }

    @Test func `a login takes two, with a session that it replaces too, and undoes all of it where it fails`() throws {
        #expect(try begin(session(1, of: ann)) == ann)
        #expect(store.roundTrips == 2)
        let replaced = ReplacedSession(tokenHash: TokenHash(bytes: [1])) { _, account in
            try Contract.event(.sessionEnded, account: account)
        }
        #expect(try begin(session(2, of: ann), replaced: replaced, hash: "$other") == nil)
        #expect(store.roundTrips == 2)
        #expect(try store.sessionIDs(at: now, idleSince: now + -1, limit: nil).map(\.rawValue) == [1])
        #expect(try begin(session(2, of: ann), replaced: replaced) == ann)
        #expect(store.roundTrips == 2)
        #expect(try store.sessionIDs(at: now, idleSince: now + -1, limit: nil).map(\.rawValue) == [2])
        #expect(store.roundTrips == 1)
    }

    @Test func `a login in two steps takes two to begin, two for each answer, and two to finish`() throws {
        let digest = [UInt8](repeating: 7, count: 32)
        try store.write { transaction in
            try transaction.run(
                "INSERT INTO recovery_code (account_id, digest) VALUES ($1, $2)", ann.id, digest)
            try transaction.run("UPDATE account SET factors = 8 WHERE id = $1", ann.id)
        }
        let login = PendingLogin(
            id: Identifier(rawValue: 1), tokenHash: TokenHash(bytes: [9]), account: ann.id, program: nil,
            network: "192.0.2.1", createdAt: now, expiresAt: now + 300)
        let beginning = try store.beginLogin(
            login, verified: "$h$a", renewed: "$h$a", attempt: ThrottleReservation())
        #expect(beginning == .waits(.recoveryCode, last: []))
        #expect(store.roundTrips == 2)
        #expect(try store.pendingLogin(login.tokenHash) == login)
        #expect(store.roundTrips == 1)
        #expect(try store.setChallenge([1], of: login.id))
        #expect(store.roundTrips == 2)
        #expect(try store.takeAnswer(of: login.id, at: now)?.challenge == [1])
        #expect(store.roundTrips == 2)
        let use = FactorUse(.recoveryCode(digest))
        func finish(_ number: UInt8) throws -> Account? {
            try store.begin(
                session(number, of: ann), proof: LoginProof(.pending(login.id), .factor(use)), replaced: nil,
                attempt: ThrottleReservation()
            ) { try Contract.event(.loginSucceeded, account: $0.id) }
        }
        #expect(try finish(1) == ann)
        #expect(store.roundTrips == 2)
        #expect(try finish(2) == nil)
        #expect(store.roundTrips == 2)
        #expect(try store.trustedDevice(TokenHash(bytes: [1]), of: ann.id, at: now) == nil)
        #expect(store.roundTrips == 1)
    }

    @Test func `a profile takes one`() throws {
        #expect(try begin(session(1, of: ann)) == ann)
        let principal = try #require(
            try store.principal(session: TokenHash(bytes: [1]), at: now, idleSince: now + -1))
        let text = try store.profile(of: principal) { Array("\($0.name) \($1?.name ?? "-")".utf8) }
        #expect(text.map { String(decoding: $0, as: UTF8.self) } == "\(ann.name) \(organization.name)")
        #expect(store.roundTrips == 1)
    }

    @Test func `a registration takes two, and a logout takes two`() throws {
        let bob = try Contract.account("bob@example.test", in: organization.id, at: now)
        #expect(try store.insert(bob, passwordHash: "$h", event: Contract.event(.accountRegistered, account: bob.id)))
        #expect(store.roundTrips == 2)
        #expect(try store.account(bob.id) == bob)
        try begin(session(1, of: ann))
        #expect(try store.endSessions(.all, of: ann.id, event: Contract.ending) == 1)
        #expect(store.roundTrips == 2)
    }

    @Test func `an attempt takes two to reserve, uses of credentials take one to note`() throws {
        let keys = [ThrottleKey(bytes: [1]), ThrottleKey(bytes: [2])]
        try store.changeCounters(keys, repeats: true) { found in
            #expect(found.isEmpty)
            return [keys[0]: ThrottleCounter(attempts: 1, since: now, blockedUntil: now, expiresAt: now + 60)]
        }
        #expect(store.roundTrips == 2)
        #expect(try store.counters(keys).keys.map(\.bytes) == [[1]])
        #expect(store.roundTrips == 1)
        try store.append(counting: keys) { found in
            guard let event = try? Contract.event(.loginFailed) else { return nil }
            return (found, event)
        }
        #expect(store.roundTrips == 2)
        try begin(session(1, of: ann))
        #expect(try insert(token(2)))
        try store.noteUse(of: [
            .session(Identifier(rawValue: 1)): now + 5, .apiToken(Identifier(rawValue: 2)): now + 6,
        ])
        #expect(store.roundTrips == 1)
        #expect(try store.sessions([Identifier(rawValue: 1)]).first?.lastSeen == now + 5)
        #expect(store.roundTrips == 1)
    }

    @Test func `a credential takes one, with the organization that is named along with it, and one that is refused`()
        throws
    {
        try begin(session(1, of: ann))
        #expect(try insert(token(2)))
        for name in [nil, organization.slug, "\(organization.id)", "nowhere"] {
            let session = try store.credential(
                session: TokenHash(bytes: [1]), naming: name, at: now, idleSince: now + -1
            ).get()
            #expect(store.roundTrips == 1)
            let token = try store.credential(apiToken: TokenHash(bytes: [2]), naming: name, at: now).get()
            #expect(store.roundTrips == 1)
            for carrier in [session, token] {
                #expect(carrier.principal.account == ann.id)
                #expect(carrier.named?.id == (name == "nowhere" ? nil : name.map { _ in organization.id }))
            }
        }
        let unknown = TokenHash(bytes: [3])
        #expect(try store.credential(apiToken: unknown, naming: "nowhere", at: now) == .failure(.unknown))
        #expect(store.roundTrips == 1)
        #expect(try store.credential(session: unknown, naming: nil, at: now, idleSince: now) == .failure(.unknown))
        #expect(store.roundTrips == 1)
    }

    @Test func `a confirmation takes two, by a password or a second factor, and to refuse one too`() throws {
        try begin(session(1, of: ann))
        func confirm(_ present: UInt8, _ renewed: UInt8, _ proof: ConfirmationProof) throws -> ConfirmationOutcome {
            try store.confirm(
                ConfirmedSession(
                    session: Identifier(rawValue: 1), account: ann.id, present: TokenHash(bytes: [present]),
                    renewed: TokenHash(bytes: [renewed])), proof: proof, attempt: ThrottleReservation(), at: now + 5,
                event: Contract.event(.sessionConfirmed))
        }
        #expect(try confirm(1, 2, .password(verified: "$h$a")) != .gone)
        #expect(store.roundTrips == 2)
        #expect(try store.isRotated(TokenHash(bytes: [1])))
        #expect(store.roundTrips == 1)
        #expect(try confirm(2, 3, .factor(FactorUse(.recoveryCode([1])))) == .refused)
        #expect(store.roundTrips == 2)
        _ = try store.write { transaction in
            try transaction.run(
                "INSERT INTO recovery_code (account_id, digest) VALUES ($1, $2)", ann.id, [1] as [UInt8])
        }
        #expect(try confirm(2, 3, .factor(FactorUse(.recoveryCode([1])))) != .refused)
        #expect(store.roundTrips == 2)
        let ceremony = Ceremony(purpose: .confirmation, challenge: [1], usage: nil, expiresAt: now + 5)
        #expect(try store.put(ceremony, of: Identifier(rawValue: 1)))
        #expect(store.roundTrips == 2)
        #expect(try store.takeCeremony(.confirmation, of: Identifier(rawValue: 1)) == ceremony)
        #expect(store.roundTrips == 2)
        #expect(try store.assuranceDefaults() == .ofNew)
        #expect(store.roundTrips == 1)
    }

    @Test func `an account and a password take one each`() throws {
        #expect(try store.account(emailKey: "ann@example.test") == ann)
        #expect(store.roundTrips == 1)
        #expect(try store.passwordLookup(emailKey: "ann@example.test", decoySeed: 1)?.account == ann.id)
        #expect(store.roundTrips == 1)
        try store.append(try Contract.event(.logout))
        #expect(store.roundTrips == 1)
    }

    @Test func `a token takes two to make, to change and to remove`() throws {
        try begin(session(1, of: ann))
        #expect(try insert(token(2)))
        #expect(store.roundTrips == 2)
        #expect(try !insert(token(3), mayHave: false))
        #expect(try store.apiTokens(APITokenFilter(), PageRequest()).items.map(\.token.id.rawValue) == [2])
        let changed = try store.changeAPIToken(Identifier(rawValue: 2)) { ($0, try Contract.event(.tokenUpdated)) }
        #expect(changed == token(2) && store.roundTrips == 2)
        #expect(try insert(token(3)))
        #expect(store.roundTrips == 2)
        #expect(try store.removeAPITokens(APITokenFilter()) { _ in try Contract.event(.tokenRevoked) } == 1)
        #expect(store.roundTrips == 2)
    }

    @Test func `a change of an account takes three, its checks together`() throws {
        try begin(session(1, of: ann))
        #expect(try insert(token(2)))
        let outcome = try store.change(.user(ann.users[0].id)) { present, _ in
            var edit = AccountEdit(present, events: [try Contract.event(.accountChanged)], ending: Contract.ending)
            edit.account.email = try #require(EmailAddress("ann2@example.test"))
            (edit.endedSessions, edit.endsAPIToken) = (.all, { _ in true })
            return edit
        }
        #expect(store.roundTrips == 3)
        guard case .changed(let account) = outcome else { throw StoreError(.unexpected, "\(outcome)") }
        #expect(try store.account(ann.id)?.email == account.email)
        let last = try store.change(.account(owner.id)) { present, _ in
            var edit = AccountEdit(present, events: [], ending: Contract.ending)
            (edit.account.state, edit.endedSessions) = (.inactive, .all)
            return edit
        }
        #expect(last == .lastOwner(organization.id))
    }

    @Test func `accounts that are imported together take two, or one more where some are refused`() throws {
        let accounts = try (0..<50).map { number in
            let account = try Contract.account(
                "m\(number)@example.test", in: organization.id, externalID: "m\(number)", at: now)
            return NewAccount(
                account: account, passwordHash: "$h", event: try Contract.event(.accountImported, account: account.id))
        }
        #expect(try store.insert(accounts, .whatFits).isEmpty)
        #expect(store.roundTrips == 2)
        #expect(try store.insert(accounts, .whatFits).count == 50)
        #expect(store.roundTrips == 3)
    }

    @Test func `a page of a list takes two, wherever it is`() throws {
        for number in UInt8(1)...9 {
            try begin(session(number, of: ann))
            try store.append(
                try Contract.event(
                    .logout, organization: organization.id, at: now + Int64(number), details: ["n": "1"]))
        }
        let middle = Cursor(major: now.secondsSince1970, minor: 5)
        let positions = [PageRequest.Position.first, .after(middle), .before(middle)]
        for page in positions.map({ PageRequest(size: 3, position: $0) }) {
            let lists: [(String, () throws -> Void)] = [
                ("users", { _ = try store.users(in: organization.id, page) }),
                ("sessions", { _ = try store.sessions(of: ann.id, at: now, idleSince: now + -1, page) }),
                ("organizations", { _ = try store.organizations(of: nil, page) }),
                ("own organizations", { _ = try store.organizations(of: ann.id, page) }),
                ("tokens", { _ = try store.apiTokens(APITokenFilter(organization: organization.id), page) }),
                ("audit", { _ = try store.auditEvents(AuditFilter(), page) }),
                ("accounts", { _ = try store.accounts(AccountFilter(), page) }),
                ("members", { _ = try store.accounts(AccountFilter(organization: organization.id), page) }),
                (
                    "one account",
                    {
                        let filter = AccountFilter(
                            organization: organization.id, emailKey: "ann@example.test", externalID: "a1")
                        _ = try store.accounts(filter, page)
                    }
                ),
            ]
            for (name, list) in lists {
                try list()
                #expect(store.roundTrips <= 2, "\(name) at \(page.position) takes \(store.roundTrips)")
            }
        }
    }

    @Test func `pages follow each other as with SQLite's own ranges`() throws {
        for number in UInt8(1)...9 {
            try begin(session(number, of: ann))
            try store.append(try Contract.event(.logout, at: now + Int64(number / 3), target: "\(number)"))
        }
        let other = try SQLiteStore(path: folder.path("p.sqlite3"))
        var filter = AuditFilter()
        (filter.since, filter.until) = (now, now + 3)
        for kind in [nil, AuditEvent.Kind.logout] {
            filter.kind = kind
            let all = try other.auditEvents(filter, PageRequest(size: 100)).items.map(\.id)
            var (found, position) = ([Identifier<AuditEvent>](), PageRequest.Position.first)
            while true {
                let page = try store.auditEvents(filter, PageRequest(size: 2, position: position))
                let same = try other.auditEvents(filter, PageRequest(size: 2, position: position))
                #expect(page.items == same.items && page.next == same.next && page.previous == same.previous)
                #expect(page.total == all.count)
                if let previous = page.previous {
                    let request = PageRequest(size: 2, position: .before(previous))
                    let (page, same) = (try store.auditEvents(filter, request), try other.auditEvents(filter, request))
                    #expect(page.items == same.items && page.next == same.next && page.previous == same.previous)
                }
                found += page.items.map(\.id)
                guard let next = page.next else { break }
                position = .after(next)
            }
            #expect(found == all)
        }
    }
}
