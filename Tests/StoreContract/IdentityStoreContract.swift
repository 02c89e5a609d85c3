import Cryptography
public import Identity
import Synchronization
public import TestSupport
import Testing

/// The contract of a store: the suite that each engine has to pass, with the store that `StoreMaker.current` makes.
///
/// It knows nothing of any engine; it is also how an engine's own tests make accounts and sessions.
public struct IdentityStoreContract: Sendable {
    public let folder: TemporaryFolder
    public let store: any IdentityStore
    public let organization: Organization
    public let now = Timestamp(secondsSince1970: 1_770_559_965)

    public init() throws {
        let folder = try TemporaryFolder()
        try self.init(folder: folder, store: StoreMaker.current.store(in: folder))
    }

    /// Begins with a store that is empty.
    ///
    /// - Parameter folder: the folder that keeps it.
    public init(folder: TemporaryFolder, store: any IdentityStore) throws {
        self.folder = folder
        self.store = store
        organization = Organization(id: try Self.id(), slug: "example", name: "Example", createdAt: now)
        let owner = try Self.account("owner@example.test", in: organization.id, roles: [.appOwner], at: now)
        #expect(
            try store.initialize(
                organization, owner: owner, passwordHash: "$h$owner", events: [Self.event(.organizationCreated)]))
    }

    public static func id<Entity>() throws -> Identifier<Entity> { try Identifier(random: OpenSSLRandomSource()) }

    public static func account(
        _ email: String, in organization: Identifier<Organization>, roles: [Role] = [.appMember],
        externalID: String? = nil, at now: Timestamp
    ) throws -> Account {
        let id: Identifier<Account> = try id()
        let address = try #require(EmailAddress(email))
        let set = RoleSet(roles)
        let user = User(
            id: try Self.id(), organization: organization, account: id, name: "Ann", email: address, state: .active,
            roles: set.inOrganization, createdAt: now)
        return Account(
            id: id, email: address, name: "Ann", givenName: nil, familyName: "Lee", provider: .credentials,
            state: .active, installationRoles: set.onInstallation, home: organization, createdAt: now,
            externalID: externalID, users: [user])
    }

    public static func event(
        _ kind: AuditEvent.Kind, account: Identifier<Account>? = nil, organization: Identifier<Organization>? = nil,
        at time: Timestamp = Timestamp(secondsSince1970: 1_770_559_965), target: String? = nil,
        details: [String: String] = [:]
    ) throws -> AuditEvent {
        AuditEvent(
            id: try id(), time: time, kind: kind, actor: nil, credential: .commandLine, account: account,
            target: target, organization: organization, address: "192.0.2.1", requestID: "r1", details: details)
    }

    /// Makes the entries for credentials that end.
    public static func ending(_ credential: CredentialID) throws -> AuditEvent {
        try event(.sessionEnded, target: "\(credential)")
    }

    public func add(_ email: String, roles: [Role] = [.appMember], at time: Timestamp? = nil) throws -> Account {
        let account = try Self.account(email, in: organization.id, roles: roles, at: time ?? now)
        #expect(
            try store.insert(
                account, passwordHash: "$h$\(email)", event: Self.event(.accountRegistered, account: account.id)))
        return account
    }

    public func session(of account: Account, lifetime: Int64 = 60) throws -> Session {
        Session(
            id: try Self.id(), tokenHash: TokenHash(bytes: try OpenSSLRandomSource().bytes(32)), account: account.id,
            createdAt: now, lastSeen: now, expiresAt: now + lifetime, address: "192.0.2.1", userAgent: "test")
    }

    /// Begins a session of an account that `add` made.
    public func begin(
        _ session: Session, of account: Account, renewedHash: String? = nil, replaced: ReplacedSession? = nil,
        in other: (any IdentityStore)? = nil
    ) throws -> Account? {
        try (other ?? store).begin(
            session, proof: .password(verified: "$h$\(account.email)", renewed: renewedHash), replaced: replaced,
            attempt: ThrottleReservation()
        ) {
            try Self.event(.loginSucceeded, account: $0.id, target: "\(session.id)")
        }
    }

    /// The kinds of the entries of the audit log, the newest first.
    func kinds(_ filter: AuditFilter = AuditFilter()) throws -> [AuditEvent.Kind] {
        try store.auditEvents(filter, PageRequest(size: 100)).items.map(\.kind)
    }

    @Test func `an account comes back as it went in`() throws {
        let account = try add("Ann@Example.test", roles: [.appAdmin, .developer])
        #expect(try store.account(emailKey: "ann@example.test") == account)
        #expect(try store.account(account.id) == account)
        #expect(try store.hasAccount(emailKey: "ann@example.test"))
        #expect(try store.account(emailKey: "nobody@example.test") == nil)
        #expect(try store.account(Self.id()) == nil)
        #expect(try !store.hasAccount(emailKey: "nobody@example.test"))
    }

    @Test func `an email key is there once, and the second account leaves nothing`() throws {
        let first = try add("ann@example.test")
        let second = try Self.account("ANN@example.test", in: organization.id, at: now)
        let before = try kinds()
        #expect(try !store.insert(second, passwordHash: "$h$other", event: Self.event(.accountRegistered)))
        #expect(try store.account(emailKey: "ann@example.test") == first)
        #expect(
            try store.passwordLookup(emailKey: "ann@example.test", decoySeed: 0)?.passwordHash
                == "$h$ann@example.test")
        #expect(try kinds() == before)
    }

    @Test func `of insertions that race exactly one wins`() throws {
        let (store, organization, now) = (self.store, self.organization, self.now)
        let wins = Mutex(0)
        concurrently(16) { _ in
            guard let account = try? Self.account("race@example.test", in: organization.id, at: now),
                let event = try? Self.event(.accountRegistered)
            else { return }
            if (try? store.insert(account, passwordHash: "$h", event: event)) == true { wins.withLock { $0 += 1 } }
        }
        #expect(wins.withLock { $0 } == 1)
    }

    @Test func `writes that wait together all happen, and one that fails takes no other with it`() throws {
        let (store, organization, now) = (self.store, self.organization, self.now)
        let outcomes = Mutex<[Int: Bool]>([:])
        concurrently(60) { index in
            // Every third one is in an organization that is not there.
            guard let nowhere: Identifier<Organization> = try? Self.id(),
                let account = try? Self.account(
                    "a\(index)@example.test", in: index % 3 == 0 ? nowhere : organization.id, at: now),
                let event = try? Self.event(.accountRegistered, account: account.id)
            else { return }
            let isAdded = (try? untilTaken { try store.insert(account, passwordHash: "$h", event: event) }) ?? false
            outcomes.withLock { $0[index] = isAdded }
        }
        for index in 0..<60 {
            #expect(outcomes.withLock { $0[index] } == (index % 3 != 0))
            #expect(try store.hasAccount(emailKey: "a\(index)@example.test") == (index % 3 != 0))
        }
        var filter = AuditFilter()
        filter.kind = .accountRegistered
        #expect(try store.auditEvents(filter, PageRequest()).total == 40)
    }

    @Test func `an account in an organization that is not there is not stored at all`() throws {
        let account = try Self.account("ann@example.test", in: try Self.id(), at: now)
        #expect(throws: StoreError.self) {
            try store.insert(account, passwordHash: "$h", event: Self.event(.accountRegistered))
        }
        #expect(try !store.hasAccount(emailKey: "ann@example.test"))
    }

    @Test func `an organization is found by slug and by identifier`() throws {
        #expect(try store.organization("example") == organization)
        #expect(try store.organization("\(organization.id)") == organization)
        #expect(try store.organization(organization.id) == organization)
        #expect(try store.organization(Identifier(rawValue: ~organization.id.rawValue)) == nil)
        #expect(try store.organization("Example") == nil)
        #expect(try store.organization("") == nil)
    }

    @Test func `an organization changes as the rule says`() throws {
        let changed = try store.change(organization.id) { present in
            var new = present
            new.name = "New"
            new.displayName = "The new one"
            new.autoJoin = true
            new.defaultRoles = RoleSet([.appGuest])
            new.emailPattern = EmailPattern(stored: ".*@example[.]test")
            return (new, try Self.event(.organizationChanged, organization: present.id))
        }
        #expect(try store.organization("example") == changed)
        #expect(changed?.autoJoin == true)
        #expect(changed?.emailPattern?.text == ".*@example[.]test")
        #expect(try store.change(organization.id) { _ in nil } == nil)
        #expect(try store.change(Self.id()) { ($0, try Self.event(.organizationChanged)) } == nil)
        #expect(try kinds().filter { $0 == .organizationChanged }.count == 1)
    }

    @Test func `a slug is there once`() throws {
        let other = Organization(id: try Self.id(), slug: "other", name: "Other", createdAt: now + 1)
        let same = Organization(id: try Self.id(), slug: "other", name: "Same", createdAt: now)
        #expect(try store.insert(other, event: Self.event(.organizationCreated)))
        #expect(try !store.insert(same, event: Self.event(.organizationCreated)))
        #expect(try store.organizations(of: nil, PageRequest()).items == [organization, other])
        let owner = try #require(try store.account(emailKey: "owner@example.test"))
        #expect(try store.organizations(of: owner.id, PageRequest()).items == [organization])
    }

    @Test func `an installation has one beginning`() throws {
        #expect(try store.isInitialized())
        let other = Organization(id: try Self.id(), slug: "other", name: "Other", createdAt: now)
        let owner = try Self.account("other@example.test", in: other.id, at: now)
        #expect(try !store.initialize(other, owner: owner, passwordHash: "$h", events: []))
        #expect(try store.organization("other") == nil)
    }

    @Test func `the first organization of an empty installation brings what holds in new ones`() throws {
        let folder = try TemporaryFolder()
        let (store, connection) = (
            try StoreMaker.current.store(in: folder), try StoreMaker.current.connection(in: folder)
        )
        func insert(_ slug: String) throws -> Identifier<Organization> {
            let organization = Organization(id: try Self.id(), slug: slug, name: slug, createdAt: now)
            #expect(try store.insert(organization, event: Self.event(.organizationCreated)))
            return organization.id
        }
        #expect(try store.assuranceDefaults() == .ofOlder)
        let first = try insert("first")
        #expect(try store.assuranceDefaults() == .ofNew)
        // An older version has made it: what its people are used to goes on, with another organization too.
        try connection.execute("DELETE FROM meta WHERE name IN ('second_factor', 'freshness')")
        _ = try insert("second")
        #expect(try store.assuranceDefaults() == .ofOlder)
        let ann = try Self.account("ann@example.test", in: first, at: now)
        #expect(try store.insert(ann, passwordHash: "$h", event: Self.event(.accountRegistered, account: ann.id)))
        try connection.execute(
            #"UPDATE account SET home_id = NULL; DELETE FROM "user"; DELETE FROM organization"#)
        _ = try insert("third")
        #expect(try store.assuranceDefaults() == .ofOlder)
    }

    @Test func `hashes are counted by algorithm and parameters`() throws {
        // The text before each salt, and how many have it.
        let kinds = [
            "$2b$12$": 2, "$2b$08$": 1, "$5$": 2, "$6$": 3, "$6$rounds=1000$": 2, "$argon2id$v=19$m=1,t=1,p=1$": 2,
            "$argon2id$v=19$m=1,t=2,p=1$": 1, "$pbkdf2-sha256$i=1$": 2, "$scrypt$ln=4,r=8,p=1$": 2,
            "$scrypt$ln=5,r=8,p=1$": 1, "$y$j9T$": 2,
        ]
        for (index, (prefix, count)) in kinds.enumerated() {
            for number in 0..<count {
                let account = try Self.account("a\(index).\(number)@example.test", in: organization.id, at: now)
                let hash = "\(prefix)salt\(number)\(prefix.hasPrefix("$2b") ? "" : "$")hash\(number)"
                #expect(try store.insert(account, passwordHash: hash, event: Self.event(.accountRegistered)))
            }
        }
        let found = try store.passwordSchemes(besides: nil).filter { !$0.example.hasPrefix("$h") }
        #expect(found.count == kinds.count)
        for (prefix, count) in kinds {
            #expect(found.contains { $0.example.hasPrefix("\(prefix)salt0") && $0.count == count }, "\(prefix)")
        }
        let others = try store.passwordSchemes(besides: "$scrypt$ln=4,r=8,p=1$")
        #expect(others.count == kinds.count)
        #expect(!others.contains { $0.example.hasPrefix("$scrypt$ln=4,") })
    }

    @Test func `a stored text that is no hash at all hides none of the others`() throws {
        let texts = ["", "$", "$$", "rubbish", "$2x", "$argon2id$v=19", "$argon2id$v=19$m=1,t=1,p=1"]
        for (index, text) in texts.enumerated() {
            let account = try Self.account("a\(index)@example.test", in: organization.id, at: now)
            #expect(try store.insert(account, passwordHash: text, event: Self.event(.accountRegistered)))
        }
        let found = try store.passwordSchemes(besides: nil)
        // One for those of which the first field is missing or empty, and one for each other beginning.
        #expect(found.map(\.count).reduce(0, +) == texts.count + 1)
        for text in texts.dropFirst(3) { #expect(found.contains { $0.example == text }, "\(text)") }
        #expect(found.contains { $0.example == "" && $0.count == 3 })
    }
}
