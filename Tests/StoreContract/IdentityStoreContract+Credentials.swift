import Cryptography
import Identity
import TestSupport
import Testing

extension IdentityStoreContract {
    private func principal(_ session: Session, at time: Timestamp, idleSince: Timestamp? = nil) throws -> Principal? {
        try store.principal(session: session.tokenHash, at: time, idleSince: idleSince ?? now + -1)
    }

    @Test func `a session lives from its beginning to its end`() throws {
        let account = try add("ann@example.test", roles: [.appAdmin, .basic])
        let session = try session(of: account)
        #expect(try principal(session, at: now) == nil)
        #expect(try begin(session, of: account) == account)
        let principal = try #require(try principal(session, at: now))
        #expect(principal.account == account.id)
        #expect(principal.email == "ann@example.test")
        #expect(principal.credential == .session(session.id))
        #expect(principal.installationRoles == RoleSet([.basic]))
        #expect(
            principal.membership
                == Principal.Membership(
                    organization: organization.id, user: account.users[0].id, roles: RoleSet([.appAdmin])))
        #expect(try self.principal(session, at: now + 59) != nil)
        #expect(try self.principal(session, at: now + 60) == nil)
        #expect(try store.endSessions(.one(session.id), of: account.id, event: Self.ending) == 1)
        #expect(try store.endSessions(.one(session.id), of: account.id, event: Self.ending) == 0)
        #expect(try self.principal(session, at: now) == nil)
        #expect(try kinds().prefix(2) == [.sessionEnded, .loginSucceeded])
    }

    @Test func `a session that nobody used for too long counts no longer`() throws {
        let account = try add("ann@example.test")
        let session = try session(of: account, lifetime: 600)
        _ = try begin(session, of: account)
        #expect(try principal(session, at: now + 100, idleSince: now) == nil)
        #expect(try store.sessions(of: account.id, at: now + 100, idleSince: now, PageRequest()).items.isEmpty)
        #expect(try store.sessionCount() == 1)
        try store.noteUse(of: [.session(session.id): now + 90])
        let principal = try #require(try principal(session, at: now + 100, idleSince: now))
        #expect(principal.lastUsedAt == now + 90)
        try store.noteUse(of: [.session(session.id): now + 80])
        #expect(
            try store.sessions(of: account.id, at: now, idleSince: now, PageRequest()).items.first?.lastSeen == now + 90
        )
    }

    @Test func `a profile is of the account and the organization as they are`() throws {
        let account = try add("ann@example.test")
        let session = try session(of: account)
        _ = try begin(session, of: account)
        let principal = try #require(try principal(session, at: now))
        func profile() throws -> String? {
            let text = try store.profile(of: principal) { account, organization in
                Array("\(account.name), \(account.users.count), \(organization?.name ?? "-")".utf8)
            }
            return text.map { String(decoding: $0, as: UTF8.self) }
        }
        #expect(try profile() == "Ann, 1, Example")
        _ = try store.change(.account(account.id)) { account, _ in
            var changed = account
            changed.name = "Bea"
            return AccountEdit(
                changed, events: [try Self.event(.accountChanged, account: account.id)], ending: Self.ending)
        }
        #expect(try profile() == "Bea, 1, Example")
        _ = try store.change(organization.id) { organization in
            var changed = organization
            changed.name = "Example Ltd"
            return (changed, try Self.event(.organizationChanged))
        }
        #expect(try profile() == "Bea, 1, Example Ltd")
    }

    @Test func `a refused credential has its reason`() throws {
        let account = try add("ann@example.test")
        let session = try session(of: account)
        func reason(at time: Timestamp, idleSince: Timestamp? = nil) throws -> CredentialRefusal? {
            let found = try store.credential(
                session: session.tokenHash, naming: nil, at: time, idleSince: idleSince ?? now + -1)
            return switch found {
            case .success: nil
            case .failure(let reason): reason
            }
        }
        #expect(try reason(at: now) == .unknown)
        _ = try begin(session, of: account)
        #expect(try reason(at: now) == nil)
        #expect(try reason(at: now, idleSince: now) == .idle)
        #expect(try reason(at: now + 60) == .expired)
        #expect(try reason(at: now + (-WallClock.tolerance - 1)) == .future)
        #expect(try store.endSessions(.all, of: account.id, event: Self.ending) == 1)
        #expect(try reason(at: now) == .unknown)
    }

    @Test func `a session of an account that belongs nowhere acts nowhere`() throws {
        var account = try Self.account("ann@example.test", in: organization.id, at: now)
        account.users = []
        #expect(
            try store.insert(account, passwordHash: "$h$\(account.email)", event: Self.event(.accountRegistered)))
        let session = try session(of: account)
        _ = try begin(session, of: account)
        #expect(try principal(session, at: now)?.membership == nil)
        #expect(try principal(session, at: now)?.account == account.id)
    }

    @Test func `sessions end one by one, all others, or all`() throws {
        let account = try add("ann@example.test")
        let other = try add("bob@example.test")
        let sessions = try (0..<4).map { _ in try session(of: account) }
        let others = try session(of: other)
        for session in sessions { _ = try begin(session, of: account) }
        _ = try begin(others, of: other)
        func left() throws -> Set<Identifier<Session>> {
            Set(try store.sessions(of: account.id, at: now, idleSince: now + -1, PageRequest()).items.map(\.id))
        }
        #expect(try left() == Set(sessions.map(\.id)))
        #expect(try store.endSessions(.one(others.id), of: account.id, event: Self.ending) == 0)
        #expect(try store.endSessions(.one(sessions[0].id), of: account.id, event: Self.ending) == 1)
        #expect(try store.endSessions(.allBut(sessions[1].id), of: account.id, event: Self.ending) == 2)
        #expect(try left() == [sessions[1].id])
        #expect(try store.endSessions(.all, of: account.id, event: Self.ending) == 1)
        #expect(try principal(others, at: now) != nil)
    }

    @Test func `a session begins only with the hash that was checked`() throws {
        let account = try add("ann@example.test")
        #expect(
            try store.begin(
                session(of: account), proof: .password(verified: "$h$stale", renewed: "$h$new"), replaced: nil,
                attempt: ThrottleReservation(), event: { _ in try Self.event(.loginSucceeded) }) == nil)
        #expect(
            try store.passwordLookup(emailKey: "ann@example.test", decoySeed: 0)?.passwordHash
                == "$h$ann@example.test")
        #expect(try begin(session(of: account), of: account, renewedHash: "$h$new") != nil)
        #expect(try store.passwordLookup(emailKey: "ann@example.test", decoySeed: 0)?.passwordHash == "$h$new")
        #expect(try kinds().filter { $0 == .loginSucceeded }.count == 1)
    }

    @Test func `what has ended is pruned, and nothing else`() throws {
        let account = try add("ann@example.test")
        let (short, long, used) = (
            try session(of: account, lifetime: 10), try session(of: account, lifetime: 1000),
            try session(of: account, lifetime: 1000)
        )
        for session in [short, long, used] { _ = try begin(session, of: account) }
        try store.noteUse(of: [.session(used.id): now + 50])
        #expect(try store.pruneSessions(at: now + 9, idleSince: now + -1, future: nil, limit: 100) == 0)
        #expect(try store.pruneSessions(at: now + 10, idleSince: now + -1, future: nil, limit: 100) == 1)
        #expect(try store.pruneSessions(at: now + 60, idleSince: now + 10, future: nil, limit: 100) == 1)
        #expect(try principal(used, at: now + 60) != nil)
        for _ in 0..<5 { _ = try begin(session(of: account, lifetime: 10), of: account) }
        #expect(try store.pruneSessions(at: now + 20, idleSince: now + -1, future: nil, limit: 3) == 3)
        #expect(try store.pruneSessions(at: now + 20, idleSince: now + -1, future: nil, limit: 3) == 2)
    }

    @Test func `the session that a new one replaces ends in the same step, whoever's it is`() throws {
        let (ann, bob) = (try add("ann@example.test"), try add("bob@example.test"))
        let (old, other, new) = (try session(of: ann), try session(of: ann), try session(of: bob))
        for session in [old, other] { _ = try begin(session, of: ann) }
        #expect(try principal(old, at: now) != nil)
        func replaced(_ session: Session) -> ReplacedSession {
            ReplacedSession(tokenHash: session.tokenHash) { id, account in
                #expect(id == old.id && account == ann.id)
                return try Self.event(.sessionEnded, account: account, target: "\(id)")
            }
        }
        #expect(
            try store.begin(
                new, proof: .password(verified: "$h$stale", renewed: nil), replaced: replaced(old),
                attempt: ThrottleReservation(), event: { _ in try Self.event(.loginSucceeded) }) == nil)
        #expect(try principal(old, at: now) != nil)
        #expect(try begin(new, of: bob, replaced: replaced(old)) != nil)
        #expect(try principal(old, at: now) == nil)
        #expect(try principal(other, at: now) != nil && principal(new, at: now) != nil)
        #expect(try kinds().prefix(2) == [.loginSucceeded, .sessionEnded])
        #expect(try begin(session(of: bob), of: bob, replaced: replaced(old)) != nil)
        #expect(try kinds().prefix(2) == [.loginSucceeded, .loginSucceeded])
    }

    @Test func `a credential tells whether there is one organization only`() throws {
        let account = try add("ann@example.test")
        let (session, token) = (try session(of: account), try token(of: account))
        _ = try begin(session, of: account)
        #expect(try insert(token))
        func answers() throws -> [Bool?] {
            [
                try principal(session, at: now)?.installationHasOneOrganization,
                try store.principal(apiToken: token.tokenHash, at: now)?.installationHasOneOrganization,
            ]
        }
        #expect(try answers() == [true, true])
        for slug in ["second", "third"] {
            let organization = Organization(id: try Self.id(), slug: slug, name: slug, createdAt: now)
            #expect(try store.insert(organization, event: Self.event(.organizationCreated)))
            #expect(try answers() == [false, false])
        }
    }

    private func token(
        of account: Account, validUntil: Timestamp? = nil, roleCeiling: Role? = nil
    ) throws -> APIToken {
        APIToken(
            id: try Self.id(), tokenHash: TokenHash(bytes: try OpenSSLRandomSource().bytes(32)), name: "robot",
            account: account.id, organization: organization.id, scopes: ScopeSet([.login, .register]),
            roleCeiling: roleCeiling, createdAt: now, validUntil: validUntil)
    }

    private func insert(
        _ token: APIToken, maker: CredentialID? = nil, mayHave: (RoleSet) -> Bool = { _ in true },
        revoked: ((CredentialID) throws -> AuditEvent)? = nil
    ) throws -> Bool {
        try store.insert(
            token, maker: maker, mayHave: mayHave, event: Self.event(.tokenCreated), revoked: revoked)
    }

    @Test(arguments: [nil, Role.appGuest, .appOwner, .basic, .superAdmin])
    func `a token comes back with its ceiling, and changes`(_ ceiling: Role?) throws {
        let account = try add("ann@example.test", roles: [.appOwner, .superAdmin])
        let token = try token(of: account, roleCeiling: ceiling)
        #expect(try insert(token))
        func stored() throws -> APIToken? {
            try store.apiTokens(APITokenFilter(id: token.id), PageRequest()).items.first?.token
        }
        #expect(try stored() == token)
        #expect(try store.principal(apiToken: token.tokenHash, at: now)?.roleCeiling == ceiling)
        let powerful = try store.apiTokens(APITokenFilter(powerfulAt: now), PageRequest()).items.map(\.token)
        #expect(powerful == (ceiling == nil ? [token] : []))
        var new = token
        new.name = "other"
        new.scopes = ScopeSet([.tokens])
        new.roleCeiling = .appMember
        let changed = try store.changeAPIToken(token.id) { present in
            #expect(present == token)
            return (new, try Self.event(.tokenUpdated))
        }
        #expect(changed == new)
        #expect(try stored() == new)
        let principal = try #require(try store.principal(apiToken: token.tokenHash, at: now))
        #expect(principal.roles == RoleSet([.appMember]))
        #expect(try store.changeAPIToken(token.id) { _ in nil } == nil)
        #expect(try store.changeAPIToken(Self.id()) { ($0, try Self.event(.tokenUpdated)) } == nil)
        #expect(try kinds().count { $0 == .tokenUpdated } == 1)
    }

    @Test func `a token is made only while its maker and its account may`() throws {
        let account = try add("ann@example.test", roles: [.appAdmin, .basic])
        let session = try session(of: account)
        #expect(try !insert(token(of: account), maker: .session(session.id)))
        _ = try begin(session, of: account)
        #expect(try insert(token(of: account), maker: .session(session.id)))
        #expect(try !insert(token(of: account), mayHave: { $0 != RoleSet([.appAdmin, .basic]) }))
        #expect(try insert(token(of: account), mayHave: { $0 == RoleSet([.appAdmin, .basic]) }))
        let maker = try token(of: account)
        #expect(try !insert(token(of: account), maker: .apiToken(maker.id)))
        #expect(try insert(maker))
        #expect(try insert(token(of: account), maker: .apiToken(maker.id)))
        for edit: (inout AccountEdit) -> Void in [
            { $0.account.users[0].state = .inactive }, { $0.account.state = .inactive },
        ] {
            _ = try store.change(.account(account.id)) { present, _ in
                var change = AccountEdit(present, events: [], ending: Self.ending)
                edit(&change)
                return change
            }
            #expect(try !insert(token(of: account)))
        }
        #expect(try kinds().filter { $0 == .tokenCreated }.count == 4)
    }

    private func revoked(_ token: APIToken) throws -> AuditEvent { try Self.event(.tokenRevoked) }

    @Test func `an API token lives from its insertion to its removal`() throws {
        let account = try add("ann@example.test", roles: [.appAdmin, .basic])
        let token = try token(of: account, validUntil: now + 60)
        #expect(try insert(token))
        let principal = try #require(try store.principal(apiToken: token.tokenHash, at: now))
        #expect(principal.credential == .apiToken(token.id, scopes: ScopeSet([.login, .register])))
        #expect(principal.membership?.roles == RoleSet([.appAdmin]))
        #expect(principal.organization == organization.id)
        #expect(principal.installationRoles == RoleSet([.basic]))
        #expect(principal.expiresAt == now + 60)
        #expect(principal.lastUsedAt == nil)
        try store.noteUse(of: [.apiToken(token.id): now + 5])
        #expect(try store.principal(apiToken: token.tokenHash, at: now)?.lastUsedAt == now + 5)
        #expect(try store.principal(apiToken: token.tokenHash, at: now + 60) == nil)
        let listed = try store.apiTokens(APITokenFilter(account: account.id), PageRequest()).items
        #expect(listed.map(\.token.id) == [token.id])
        #expect(listed.map(\.email) == ["ann@example.test"])
        #expect(try store.removeAPITokens(APITokenFilter(id: token.id), event: revoked) == 1)
        #expect(try store.removeAPITokens(APITokenFilter(id: token.id), event: revoked) == 0)
        #expect(try store.principal(apiToken: token.tokenHash, at: now) == nil)
    }

    @Test func `a new token may end the account's others in the organization`() throws {
        let (ann, bob) = (try add("ann@example.test"), try add("bob@example.test"))
        let (first, second, others) = (try token(of: ann), try token(of: ann), try token(of: bob))
        for token in [first, others] { #expect(try insert(token)) }
        let isMade = try insert(
            second,
            revoked: { credential in
                #expect(credential == .apiToken(first.id))
                return try Self.event(.tokenRevoked, target: "\(credential)")
            })
        #expect(isMade)
        #expect(try store.principal(apiToken: first.tokenHash, at: now) == nil)
        #expect(try store.principal(apiToken: second.tokenHash, at: now) != nil)
        #expect(try store.principal(apiToken: others.tokenHash, at: now) != nil)
        #expect(try kinds().prefix(2) == [.tokenCreated, .tokenRevoked])
    }

    @Test func `a token is no session and a session is no token`() throws {
        let account = try add("ann@example.test")
        let session = try session(of: account)
        _ = try begin(session, of: account)
        #expect(try store.principal(apiToken: session.tokenHash, at: now) == nil)
    }
}
