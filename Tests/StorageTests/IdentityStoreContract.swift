import Cryptography
import Dispatch
import Foundation
import Identity
import Storage
import Synchronization
import TestSupport
import Testing

/// What every store must do. A store of another engine runs the same suite.
struct IdentityStoreContract {
    let folder: TemporaryFolder
    let store: any IdentityStore
    let organization: Organization
    let now = Timestamp(secondsSince1970: 1_770_559_965)

    init() throws {
        folder = try TemporaryFolder()
        store = try SQLiteStore.create(path: folder.path("p.sqlite3"))
        organization = Organization(id: try Self.id(), slug: "example", name: "Example", createdAt: now)
        let owner = try Self.account("owner@example.test", in: organization.id, roles: [.appOwner], at: now)
        #expect(try store.initialize(organization, owner: owner, passwordHash: "$h$owner"))
    }

    private static func id<Entity>() throws -> Identifier<Entity> { try Identifier(random: OpenSSLRandomSource()) }

    private static func account(
        _ email: String, in organization: Identifier<Organization>, roles: [Role] = [.appMember], at now: Timestamp
    ) throws -> Account {
        let id: Identifier<Account> = try id()
        let address = try #require(EmailAddress(email))
        let set = RoleSet(roles)
        let user = User(
            id: try Self.id(), organization: organization, account: id, name: "Ann", email: address, state: .active,
            roles: set.inOrganization, createdAt: now)
        return Account(
            id: id, email: address, name: "Ann", givenName: nil, familyName: "Lee", provider: .credentials,
            state: .active, installationRoles: set.onInstallation, createdAt: now, users: [user])
    }

    private func add(_ email: String, roles: [Role] = [.appMember]) throws -> Account {
        let account = try Self.account(email, in: organization.id, roles: roles, at: now)
        #expect(try store.insert(account, passwordHash: "$h$\(email)"))
        return account
    }

    private func session(of account: Account, lifetime: Int64 = 60) throws -> Session {
        Session(
            id: try Self.id(), tokenHash: TokenHash(bytes: try OpenSSLRandomSource().bytes(32)), account: account.id,
            createdAt: now, expiresAt: now + lifetime, address: "192.0.2.1", userAgent: "test")
    }

    @Test func `an account comes back as it went in`() throws {
        let account = try add("Ann@Example.test", roles: [.appAdmin, .developer])
        #expect(try store.account(emailKey: "ann@example.test") == account)
        #expect(try store.hasAccount(emailKey: "ann@example.test"))
        #expect(try store.accounts().map(\.email.address).sorted() == ["Ann@Example.test", "owner@example.test"])
        #expect(try store.account(emailKey: "nobody@example.test") == nil)
        #expect(try !store.hasAccount(emailKey: "nobody@example.test"))
    }

    @Test func `an email key is there once, and the second account leaves nothing`() throws {
        let first = try add("ann@example.test")
        let second = try Self.account("ANN@example.test", in: organization.id, at: now)
        #expect(try !store.insert(second, passwordHash: "$h$other"))
        #expect(try store.account(emailKey: "ann@example.test") == first)
        #expect(
            try store.passwordLookup(emailKey: "ann@example.test", lot: 0).credential?.passwordHash
                == "$h$ann@example.test")
    }

    @Test func `of insertions that race exactly one wins`() throws {
        let (store, organization, now) = (self.store, self.organization, self.now)
        let wins = Mutex(0)
        DispatchQueue.concurrentPerform(iterations: 16) { _ in
            guard let account = try? Self.account("race@example.test", in: organization.id, at: now) else { return }
            if (try? store.insert(account, passwordHash: "$h")) == true { wins.withLock { $0 += 1 } }
        }
        #expect(wins.withLock { $0 } == 1)
    }

    @Test func `an account in an organization that is not there is not stored at all`() throws {
        let account = try Self.account("ann@example.test", in: try Self.id(), at: now)
        #expect(throws: StoreError.self) { try store.insert(account, passwordHash: "$h") }
        #expect(try !store.hasAccount(emailKey: "ann@example.test"))
    }

    @Test func `a session lives from its beginning to its end`() throws {
        let account = try add("ann@example.test")
        let session = try session(of: account)
        #expect(try store.principal(session: session.tokenHash, at: now) == nil)
        #expect(try store.begin(session, verifiedHash: "$h$ann@example.test", renewedHash: nil) == account)
        let principal = try #require(try store.principal(session: session.tokenHash, at: now))
        #expect(principal.account == account.id)
        #expect(principal.credential == .session(session.id))
        #expect(try store.principal(session: session.tokenHash, at: now + 59) != nil)
        #expect(try store.principal(session: session.tokenHash, at: now + 60) == nil)
        #expect(try store.endSession(tokenHash: session.tokenHash))
        #expect(try !store.endSession(tokenHash: session.tokenHash))
        #expect(try store.principal(session: session.tokenHash, at: now) == nil)
    }

    @Test func `a session begins only with the hash that was checked`() throws {
        let account = try add("ann@example.test")
        #expect(try store.begin(session(of: account), verifiedHash: "$h$stale", renewedHash: "$h$new") == nil)
        #expect(
            try store.passwordLookup(emailKey: "ann@example.test", lot: 0).credential?.passwordHash
                == "$h$ann@example.test")
        #expect(
            try store.begin(session(of: account), verifiedHash: "$h$ann@example.test", renewedHash: "$h$new") != nil)
        #expect(try store.passwordLookup(emailKey: "ann@example.test", lot: 0).credential?.passwordHash == "$h$new")
    }

    @Test func `an API token lives from its insertion to its removal`() throws {
        let account = try add("ann@example.test", roles: [.appAdmin, .basic])
        let token = APIToken(
            id: try Self.id(), tokenHash: TokenHash(bytes: try OpenSSLRandomSource().bytes(32)), name: "robot",
            account: account.id, organization: organization.id, scopes: ScopeSet([.login, .register]), createdAt: now,
            validUntil: now + 60)
        try store.insert(token)
        let principal = try #require(try store.principal(apiToken: token.tokenHash, at: now))
        #expect(
            principal.credential
                == .apiToken(token.id, organization: organization.id, scopes: ScopeSet([.login, .register])))
        #expect(principal.organizationRoles == RoleSet([.appAdmin]))
        #expect(principal.installationRoles == RoleSet([.basic]))
        #expect(try store.principal(apiToken: token.tokenHash, at: now + 60) == nil)
        #expect(try store.apiTokens().map(\.token) == [token])
        #expect(try store.removeAPIToken(token.id))
        #expect(try !store.removeAPIToken(token.id))
        #expect(try store.principal(apiToken: token.tokenHash, at: now) == nil)
    }

    @Test func `a token is no session and a session is no token`() throws {
        let account = try add("ann@example.test")
        let session = try session(of: account)
        _ = try store.begin(session, verifiedHash: "$h$ann@example.test", renewedHash: nil)
        #expect(try store.principal(apiToken: session.tokenHash, at: now) == nil)
    }

    @Test func `beginning a session removes the account's expired ones, and no others`() throws {
        let ann = try add("ann@example.test")
        let bob = try add("bob@example.test")
        let (old, others) = (try session(of: ann, lifetime: -1), try session(of: bob, lifetime: -1))
        for session in [old, others] {
            let hash = session.account == ann.id ? "$h$ann@example.test" : "$h$bob@example.test"
            #expect(try store.begin(session, verifiedHash: hash, renewedHash: nil) != nil)
        }
        #expect(try store.begin(session(of: ann), verifiedHash: "$h$ann@example.test", renewedHash: nil) != nil)
        #expect(try !store.endSession(tokenHash: old.tokenHash))
        #expect(try store.endSession(tokenHash: others.tokenHash))
    }

    @Test func `an organization is found by slug and by identifier`() throws {
        #expect(try store.organization("example") == organization)
        #expect(try store.organization("\(organization.id)") == organization)
        #expect(try store.organization("Example") == nil)
        #expect(try store.organization("") == nil)
    }

    @Test func `an installation has one beginning`() throws {
        #expect(try store.isInitialized())
        let other = Organization(id: try Self.id(), slug: "other", name: "Other", createdAt: now)
        let owner = try Self.account("other@example.test", in: other.id, at: now)
        #expect(try !store.initialize(other, owner: owner, passwordHash: "$h"))
        #expect(try store.organization("other") == nil)
    }

    @Test func `hashes are counted by algorithm`() throws {
        let account = try Self.account("ann@example.test", in: organization.id, at: now)
        #expect(try store.insert(account, passwordHash: "$argon2id$v=19$m=1,t=1,p=1$x$y"))
        #expect(try store.passwordAlgorithms() == ["h": 1, "argon2id": 1])
    }
}
