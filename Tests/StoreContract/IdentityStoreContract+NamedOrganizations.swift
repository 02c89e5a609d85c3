import Cryptography
import Identity
import TestSupport
import Testing

extension IdentityStoreContract {
    /// A credential, and the lookup by it.
    private struct Lookup {
        let find: (String?) throws -> Result<Carrier, CredentialRefusal>
        let credential: CredentialID?
    }

    private func lookup(_ session: Session, isThere: Bool = true) -> Lookup {
        Lookup(
            find: {
                try store.credential(session: session.tokenHash, naming: $0, at: now, idleSince: now + -1)
            }, credential: isThere ? .session(session.id) : nil)
    }

    private func beginSession(of account: Account) throws -> Lookup {
        let session = try session(of: account)
        _ = try begin(session, of: account)
        return lookup(session)
    }

    private func makeToken(of account: Account) throws -> Lookup {
        let token = APIToken(
            id: try Self.id(), tokenHash: TokenHash(bytes: try OpenSSLRandomSource().bytes(32)), name: "robot",
            account: account.id, organization: organization.id, scopes: ScopeSet([.login]), roleCeiling: nil,
            createdAt: now, validUntil: nil)
        #expect(
            try store.insert(
                token, maker: nil, mayHave: { _ in true }, event: Self.event(.tokenCreated), revoked: nil))
        return Lookup(
            find: { try store.credential(apiToken: token.tokenHash, naming: $0, at: now) },
            credential: .apiToken(token.id))
    }

    private func addOrganization(_ slug: String) throws -> Organization {
        let other = Organization(id: try Self.id(), slug: slug, name: slug, createdAt: now + 1)
        #expect(try store.insert(other, event: Self.event(.organizationCreated)))
        return other
    }

    private func edit(_ account: Account, _ change: (inout Account) -> Void) throws {
        _ = try store.change(.account(account.id)) { present, _ in
            var edit = AccountEdit(present, events: [], ending: Self.ending)
            change(&edit.account)
            return edit
        }
    }

    @Test func `an organization that is named along with a credential is found as its account stands to it`() throws {
        let (ann, other) = (try add("ann@example.test"), try addOrganization("other"))
        let nowhere: Identifier<Organization> = try Self.id()
        let here = NamedOrganization.withMembership(
            Principal.Membership(
                organization: organization.id, user: ann.users[0].id, roles: RoleSet([.appMember])))
        let cases: [(String?, NamedOrganization?)] = [
            (nil, nil), ("example", here), ("\(organization.id)", here), ("other", .withoutMembership(other.id)),
            ("\(other.id)", .withoutMembership(other.id)), ("nowhere", .unknown),
            ("\(nowhere)", .unknown),
            ("", .unknown), ("Example", .unknown), ("example\0", .unknown), ("\(ann.id)", .unknown),
        ]
        for lookup in [try beginSession(of: ann), try makeToken(of: ann)] {
            for (name, named) in cases {
                let carrier = try lookup.find(name).get()
                #expect(carrier.named == named, "\(name ?? "-")")
                #expect(carrier.principal.credentialID == lookup.credential)
                #expect(carrier.principal.organization == organization.id)
            }
        }
    }

    @Test func `a membership counts in the organization that is named as long as it is active`() throws {
        let (ann, other) = (try add("ann@example.test"), try addOrganization("other"))
        let user = User(
            id: try Self.id(), organization: other.id, account: ann.id, name: "Ann", email: ann.email,
            state: .active, roles: RoleSet([.appOwner]), createdAt: now + 5)
        let session = try beginSession(of: ann)
        let states: [(Account.State, NamedOrganization)] = [
            (
                .active,
                .withMembership(
                    Principal.Membership(organization: other.id, user: user.id, roles: RoleSet([.appOwner])))
            ), (.inactive, .withoutMembership(other.id)),
        ]
        try edit(ann) { $0.users.append(user) }
        for (state, named) in states {
            try edit(ann) { $0.users[1].state = state }
            #expect(try session.find("other").get().named == named)
        }
        try edit(ann) { $0.users.removeLast() }
        #expect(try session.find("other").get().named == .withoutMembership(other.id))
    }

    @Test func `a credential whose account or user is not active is refused for that`() throws {
        let ann = try add("ann@example.test")
        let (session, token) = (try beginSession(of: ann), try makeToken(of: ann))
        try edit(ann) { $0.users[0].state = .inactive }
        // A session acts in another organization then, or in none.
        #expect(try session.find("example").get().principal.membership == nil)
        #expect(try token.find("example") == .failure(.inactive))
        try edit(ann) { ($0.users[0].state, $0.state) = (.active, .inactive) }
        for lookup in [session, token] { #expect(try lookup.find(nil) == .failure(.inactive)) }
        try edit(ann) { $0.state = .active }
        for lookup in [session, token] { #expect(try lookup.find(nil).get().principal.account == ann.id) }
    }

    @Test func `credentials that are looked up at once each get their own carrier and organization`() throws {
        let (ann, bob) = (try add("ann@example.test"), try add("bob@example.test", roles: [.appOwner]))
        let other = try addOrganization("other")
        let lookups = [
            try beginSession(of: ann), try makeToken(of: bob), lookup(try session(of: ann), isThere: false),
            try makeToken(of: ann), try beginSession(of: bob),
        ]
        let names: [(String?, Identifier<Organization>?)] = [
            (nil, nil), ("example", organization.id), ("nowhere", nil), ("\(other.id)", other.id),
        ]
        concurrently(24) { thread in
            for round in 0..<20 {
                let lookup = lookups[(thread + round) % lookups.count]
                let (name, organization) = names[(thread + round / 3) % names.count]
                switch try lookup.find(name) {
                case .failure(let refusal): #expect(refusal == .unknown && lookup.credential == nil)
                case .success(let carrier):
                    #expect(carrier.principal.credentialID == lookup.credential)
                    #expect(carrier.named?.id == organization && (carrier.named == nil) == (name == nil))
                    guard case .withMembership(let membership) = carrier.named else { continue }
                    #expect(membership == carrier.principal.membership)
                }
            }
        }
    }
}
