import Identity
import Synchronization
import TestSupport
import Testing

extension IdentityStoreContract {
    private func change(
        _ account: Account, _ edit: (inout AccountEdit) -> Void
    ) throws -> AccountEdit.Outcome {
        try store.change(.account(account.id)) { present, _ in
            var change = AccountEdit(
                present, events: [try Self.event(.accountChanged, account: present.id)], ending: Self.ending)
            edit(&change)
            return change
        }
    }

    @Test func `an account becomes what the rule says, and the log says so`() throws {
        let account = try add("ann@example.test")
        let outcome = try change(account) { change in
            change.account.name = "Anna"
            change.account.givenName = "Anna"
            change.account.familyName = nil
            change.account.installationRoles = RoleSet([.developer])
            change.account.mustChangePassword = true
            change.account.users[0].roles = RoleSet([.appAdmin])
            change.account.users[0].name = "Chef"
            change.account.users[0].state = .inactive
            change.passwordHash = "$h$new"
        }
        let stored = try #require(try store.account(account.id))
        #expect(outcome == .changed(stored))
        #expect((stored.name, stored.givenName, stored.familyName) == ("Anna", "Anna", nil))
        #expect(stored.mustChangePassword)
        #expect(stored.installationRoles == RoleSet([.developer]))
        #expect(stored.users.map(\.name) == ["Chef"])
        #expect(stored.users.map(\.roles) == [RoleSet([.appAdmin])])
        #expect(stored.users.map(\.state) == [.inactive])
        #expect(try store.passwordLookup(emailKey: "ann@example.test", decoySeed: 0)?.passwordHash == "$h$new")
        #expect(try kinds().first == .accountChanged)
    }

    @Test func `a rule that wants nothing leaves everything`() throws {
        let account = try add("ann@example.test")
        let before = try kinds()
        #expect(try store.change(.account(account.id)) { _, _ in nil } == .unchanged)
        #expect(try store.change(.account(Self.id())) { _, _ in nil } == .notFound)
        #expect(try store.change(.user(Self.id())) { _, _ in nil } == .notFound)
        #expect(throws: StoreError.self) {
            try store.change(.account(account.id)) { _, _ in throw StoreError(.unexpected, "no") }
        }
        #expect(try store.account(account.id) == account)
        #expect(try kinds() == before)
    }

    @Test func `an account gets another address, by which alone it is found from then on`() throws {
        let account = try add("ann@example.test")
        _ = try add("bob@example.test")
        let session = try session(of: account)
        _ = try begin(session, of: account)
        func readdress(_ email: String) throws -> AccountEdit.Outcome {
            let address = try #require(EmailAddress(email))
            return try change(account) { change in
                change.account.email = address
                change.account.users[0].email = address
            }
        }
        let before = try kinds()
        #expect(try readdress("BOB@example.test") == .emailTaken)
        #expect(try store.account(account.id) == account)
        #expect(try kinds() == before)
        let changed = try readdress("Ann.Miller@example.test")
        #expect(changed == .changed(try #require(try store.account(account.id))))
        #expect(try store.account(emailKey: "ann.miller@example.test")?.id == account.id)
        #expect(try store.account(emailKey: "ann@example.test") == nil)
        #expect(try store.user(account.users[0].id)?.email.address == "Ann.Miller@example.test")
        #expect(
            try store.principal(session: session.tokenHash, at: now, idleSince: now + -1)?.email
                == "Ann.Miller@example.test")
        // Another spelling of the same one is not another account's.
        #expect(try readdress("ANN.MILLER@example.test") != .emailTaken)
        #expect(try store.account(account.id)?.email.address == "ANN.MILLER@example.test")
    }

    /// Deletes an organization, each end with an entry.
    private func delete(_ organization: Identifier<Organization>) throws -> OrganizationDeletion.Outcome {
        try store.delete(organization) { end in
            switch end {
            case .apiToken(let token):
                try Self.event(.tokenRevoked, account: token.account, organization: organization)
            case .session(_, let account): try Self.event(.sessionEnded, account: account, organization: organization)
            case .account(let account):
                try Self.event(.accountStateChanged, account: account, organization: organization)
            case .organization: try Self.event(.organizationDeleted, organization: organization)
            }
        }
    }

    @Test func `an organization that is deleted takes its users along, and leaves their accounts`() throws {
        let other = Organization(id: try Self.id(), slug: "other", name: "Other", createdAt: now + 1)
        #expect(try delete(organization.id) == .lastOrganization)
        #expect(try store.insert(other, event: Self.event(.organizationCreated)))
        #expect(try delete(Self.id()) == .notFound)
        let (stranded, both) = (try add("ann@example.test"), try add("bob@example.test"))
        let admin = try add("sue@example.test", roles: [.appMember, .superAdmin])
        let user = User(
            id: try Self.id(), organization: other.id, account: both.id, name: "Ann", email: both.email,
            state: .active, roles: RoleSet([.appMember]), createdAt: now + 5)
        _ = try change(both) { $0.account.users.append(user) }
        // Somebody whom the other organization has shut out belongs to none from then on.
        let shutOut = try add("cy@example.test")
        let inactive = User(
            id: try Self.id(), organization: other.id, account: shutOut.id, name: "Cy", email: shutOut.email,
            state: .inactive, roles: RoleSet([.appMember]), createdAt: now + 5)
        _ = try change(shutOut) { $0.account.users.append(inactive) }
        let sessions = [try session(of: stranded), try session(of: both)]
        _ = try begin(sessions[0], of: stranded)
        _ = try begin(sessions[1], of: both)
        // Of the five users one is the owner.
        var extent = OrganizationDeletion.Extent()
        (extent.users, extent.accounts) = (5, 3)
        #expect(try delete(organization.id) == .deleted(extent))
        #expect(try store.organization(organization.id) == nil)
        #expect(try [stranded, shutOut].allSatisfy { try store.account($0.id)?.state == .inactive })
        #expect(try store.account(both.id)?.users == [user])
        #expect(try [stranded, both, admin].allSatisfy { try store.account($0.id)?.home == nil })
        #expect(try [both, admin].allSatisfy { try store.account($0.id)?.state == .active })
        func principal(_ session: Session) throws -> Principal? {
            try store.principal(session: session.tokenHash, at: now, idleSince: now + -1)
        }
        #expect(try principal(sessions[0]) == nil)
        #expect(try principal(sessions[1])?.membership?.organization == other.id)
        var filter = AuditFilter()
        filter.organization = organization.id
        let expected: [AuditEvent.Kind] = [.organizationDeleted, .accountStateChanged, .sessionEnded]
        #expect(try Set(kinds(filter).prefix(5)).isSuperset(of: expected))
    }

    @Test func `an account is found by its user, and gets another one`() throws {
        let account = try add("ann@example.test")
        let other = Organization(id: try Self.id(), slug: "other", name: "Other", createdAt: now + 1)
        #expect(try store.insert(other, event: Self.event(.organizationCreated)))
        let user = User(
            id: try Self.id(), organization: other.id, account: account.id, name: "Ann", email: account.email,
            state: .active, roles: RoleSet([.appGuest]), createdAt: now + 5)
        let outcome = try store.change(.user(account.users[0].id)) { present, hash in
            #expect(hash == "$h$ann@example.test")
            var change = AccountEdit(present, events: [], ending: Self.ending)
            change.account.users.append(user)
            return change
        }
        #expect(try store.account(account.id)?.users == account.users + [user])
        #expect(outcome == .changed(try #require(try store.account(account.id))))
        #expect(try store.user(user.id) == user)
        #expect(try store.user(Self.id()) == nil)
        let session = try session(of: account)
        _ = try begin(session, of: account)
        let named = try store.credential(
            session: session.tokenHash, naming: "other", at: now, idleSince: now + -1
        ).get().named
        #expect(
            named
                == .withMembership(
                    Principal.Membership(organization: other.id, user: user.id, roles: RoleSet([.appGuest]))))
        #expect(try store.users(in: other.id, PageRequest()).items == [user])
        #expect(try store.organizations(of: account.id, PageRequest()).items.map(\.slug) == ["example", "other"])
    }

    @Test func `a user that an account has no longer is removed, behind its entry in the log`() throws {
        let account = try add("ann@example.test")
        let other = Organization(id: try Self.id(), slug: "other", name: "Other", createdAt: now + 1)
        #expect(try store.insert(other, event: Self.event(.organizationCreated)))
        let user = User(
            id: try Self.id(), organization: other.id, account: account.id, name: "Ann", email: account.email,
            state: .active, roles: RoleSet([.appOwner]), createdAt: now + 5)
        _ = try change(account) { $0.account.users.append(user) }
        func remove(by organization: Identifier<Organization>?) throws -> AccountEdit.Outcome {
            try store.change(.user(user.id)) { present, _ in
                var change = AccountEdit(
                    present,
                    events: [try Self.event(.userRemoved, account: present.id, organization: other.id)],
                    ending: Self.ending)
                change.account.users.removeAll { $0.id == user.id }
                change.organization = organization
                return change
            }
        }
        #expect(try store.organizationsWithoutOwner(limit: 9) == [other])
        #expect(try remove(by: other.id) == .lastOwner(other.id))
        #expect(try remove(by: nil) == .changed(account))
        #expect(try store.account(account.id) == account)
        var filter = AuditFilter()
        filter.kind = .userRemoved
        #expect(try store.auditEvents(filter, PageRequest()).items.map(\.organization) == [other.id])
    }

    @Test func `a change ends sessions and tokens along with itself`() throws {
        let account = try add("ann@example.test")
        let sessions = [try session(of: account), try session(of: account)]
        for session in sessions { _ = try begin(session, of: account) }
        _ = try change(account) { $0.endedSessions = .allBut(sessions[0].id) }
        #expect(
            try store.sessions(of: account.id, at: now, idleSince: now + -1, PageRequest()).items.map(\.id)
                == [sessions[0].id])
        _ = try change(account) { change in
            change.account.state = .inactive
            change.endedSessions = .all
            change.endsAPIToken = { _ in true }
        }
        #expect(try store.sessions(of: account.id, at: now, idleSince: now + -1, PageRequest()).items.isEmpty)
        #expect(try kinds().filter { $0 == .sessionEnded }.count == 2)
    }

    @Test func `an erased account leaves nothing but the log`() throws {
        let account = try add("ann@example.test")
        _ = try begin(session(of: account), of: account)
        #expect(try change(account) { $0.erases = true } == .changed(account))
        #expect(try store.account(account.id) == nil)
        #expect(try !store.hasAccount(emailKey: "ann@example.test"))
        #expect(try store.users(in: organization.id, PageRequest()).total == 1)
        var filter = AuditFilter()
        filter.account = account.id
        #expect(try kinds(filter) == [.accountChanged, .loginSucceeded, .accountRegistered])
    }

    @Test func `the last owner stays one`() throws {
        let owner = try #require(try store.account(emailKey: "owner@example.test"))
        let refused = AccountEdit.Outcome.lastOwner(organization.id)
        let second = try add("second@example.test", roles: [.appOwner])
        #expect(try change(second) { $0.account.state = .inactive } != refused)
        for edit: (inout AccountEdit) -> Void in [
            { $0.erases = true }, { $0.account.state = .inactive }, { $0.account.users[0].state = .inactive },
            { $0.account.users[0].roles = RoleSet([.appAdmin]) },
        ] {
            #expect(try change(owner, edit) == refused)
        }
        #expect(try store.account(owner.id) == owner)
        #expect(try change(second) { $0.account.state = .active } != refused)
        #expect(try change(owner) { $0.erases = true } == .changed(owner))
        #expect(try change(second) { $0.erases = true } == refused)
    }

    @Test func `of two owners that leave at once one stays`() throws {
        let owner = try #require(try store.account(emailKey: "owner@example.test"))
        let second = try add("second@example.test", roles: [.appOwner])
        let refusals = Mutex(0)
        concurrently(2) { index in
            if try change([owner, second][index], { $0.erases = true }) == .lastOwner(organization.id) {
                refusals.withLock { $0 += 1 }
            }
        }
        #expect(refusals.withLock { $0 } == 1)
    }

    @Test func `changes that race lose nothing`() throws {
        let account = try add("ann@example.test")
        concurrently(20) { index in
            _ = try store.change(.account(account.id)) { present, _ in
                var change = AccountEdit(present, events: [], ending: Self.ending)
                change.account.name += "."
                return change
            }
        }
        #expect(try store.account(account.id)?.name == "Ann" + String(repeating: ".", count: 20))
    }

    private func newAccounts(_ emails: [String], externalIDs: [String?] = []) throws -> [NewAccount] {
        try emails.enumerated().map { index, email in
            let externalID = index < externalIDs.count ? externalIDs[index] : nil
            let account = try Self.account(email, in: organization.id, externalID: externalID, at: now)
            return NewAccount(
                account: account, passwordHash: "$h", event: try Self.event(.accountImported, account: account.id))
        }
    }

    @Test func `of many accounts all are added, or what fits, or none`() throws {
        _ = try add("ann@example.test")
        let accounts = try newAccounts(["bob@example.test", "ANN@example.test", "cy@example.test", "Bob@example.test"])
        let refused = [1, 3].map { RefusedAccount(index: $0, cause: .email) }
        #expect(try store.insert(accounts, .allOrNothing) == refused)
        #expect(try !store.hasAccount(emailKey: "bob@example.test"))
        #expect(try store.insert(accounts, .dryRun) == refused)
        #expect(try store.insert([accounts[0]], .dryRun) == [])
        #expect(try !store.hasAccount(emailKey: "bob@example.test"))
        #expect(try store.insert(accounts, .whatFits) == refused)
        #expect(try store.hasAccount(emailKey: "bob@example.test"))
        #expect(try store.hasAccount(emailKey: "cy@example.test"))
        #expect(try kinds().filter { $0 == .accountImported }.count == 2)
    }

    @Test func `an identifier of another system is of one account, which is found by it`() throws {
        let accounts = try newAccounts(
            ["ann@example.test", "bob@example.test", "ann@example.test", "cy@example.test"],
            externalIDs: ["42", "42", "42", nil])
        #expect(
            try store.insert(accounts, .whatFits) == [
                RefusedAccount(index: 1, cause: .externalID), RefusedAccount(index: 2, cause: .email),
            ])
        let ann = accounts[0].account
        #expect(try store.account(ann.id) == ann)
        func found(_ filter: AccountFilter) throws -> [Account] { try store.accounts(filter, PageRequest()).items }
        #expect(try found(AccountFilter(externalID: "42")) == [ann])
        #expect(try found(AccountFilter(organization: organization.id, externalID: "42")) == [ann])
        #expect(try found(AccountFilter(organization: try Self.id(), externalID: "42")) == [])
        #expect(try found(AccountFilter(externalID: "43")) == [])
        #expect(try found(AccountFilter(externalID: "42", state: .inactive)) == [])
        for organization in [nil, organization.id] {
            for key in ["ann@example.test", "cy@example.test"] {
                let filter = AccountFilter(organization: organization, emailKey: key, externalID: "42")
                #expect(try found(filter) == (key == "ann@example.test" ? [ann] : []))
            }
        }
        // It stays when the account changes.
        _ = try store.change(.account(ann.id)) { account, _ in
            var edit = AccountEdit(account, events: [], ending: Self.ending)
            edit.account.name = "Anna"
            return edit
        }
        #expect(try store.account(ann.id)?.externalID == "42")
    }
}
