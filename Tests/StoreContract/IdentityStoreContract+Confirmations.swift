import Cryptography
import Identity
import TestSupport
import Testing

extension IdentityStoreContract {
    private func hash() throws -> TokenHash { TokenHash(bytes: try OpenSSLRandomSource().bytes(32)) }

    /// A session of an account that `add` made, which has begun.
    private func begun(_ account: Account) throws -> Session {
        let session = try session(of: account, lifetime: 10_000)
        #expect(try begin(session, of: account) != nil)
        return session
    }

    private func confirm(
        _ session: Session, from present: TokenHash? = nil, to renewed: TokenHash, _ proof: ConfirmationProof,
        at time: Timestamp? = nil, attempt: ThrottleReservation = ThrottleReservation()
    ) throws -> ConfirmationOutcome {
        try store.confirm(
            ConfirmedSession(
                session: session.id, account: session.account, present: present ?? session.tokenHash, renewed: renewed),
            proof: proof, attempt: attempt, at: time ?? now + 60,
            event: Self.event(.sessionConfirmed, account: session.account, target: "\(session.id)"))
    }

    private func principal(_ hash: TokenHash) throws -> Principal? {
        try store.principal(session: hash, at: now + 60, idleSince: now + -1)
    }

    @Test func `a confirmed session has another token, and the old one is remembered as long as it lasts`() throws {
        let ann = try add("ann@example.test")
        let session = try begun(ann)
        let renewed = try hash()
        #expect(try !store.isRotated(session.tokenHash))
        let outcome = try confirm(session, to: renewed, .password(verified: "$h$\(ann.email)"))
        let authentication = SessionAuthentication(methods: .password, authenticatedAt: now + 60)
        #expect(outcome == .confirmed(authentication))
        #expect(try principal(session.tokenHash) == nil)
        let principal = try #require(try principal(renewed))
        #expect(principal.credential == .session(session.id))
        #expect(principal.assurance?.authentication == authentication)
        #expect(principal.sessionCreatedAt == now)
        #expect(try store.isRotated(session.tokenHash) && !store.isRotated(renewed))
        #expect(try kinds().first == .sessionConfirmed)
        try store.endSessions(.one(session.id), of: ann.id, event: Self.ending)
        #expect(try !store.isRotated(session.tokenHash))
    }

    @Test func `a session that has another token by now, or has ended, is not confirmed`() throws {
        let ann = try add("ann@example.test")
        let session = try begun(ann)
        let proof = ConfirmationProof.password(verified: "$h$\(ann.email)")
        let (first, second) = (try hash(), try hash())
        #expect(try confirm(session, to: first, proof) != .gone)
        #expect(try confirm(session, to: second, proof) == .gone)
        #expect(try principal(first) != nil && principal(second) == nil)
        try store.endSessions(.all, of: ann.id, event: Self.ending)
        #expect(try confirm(session, from: first, to: second, proof) == .gone)
        #expect(try kinds().filter { $0 == .sessionConfirmed }.count == 1)
    }

    @Test func `a proof that no longer holds changes nothing`() throws {
        let ann = try add("ann@example.test")
        let session = try begun(ann)
        let renewed = try hash()
        #expect(try confirm(session, to: renewed, .password(verified: "$h$other")) == .refused)
        let code = FactorUse(.recoveryCode([UInt8](repeating: 7, count: 32)))
        #expect(try confirm(session, to: renewed, .factor(code)) == .refused)
        let connection = try StoreMaker.current.connection(in: folder)
        try connection.execute("UPDATE account SET factors = 2 WHERE email = 'ann@example.test'")
        #expect(try confirm(session, to: renewed, .password(verified: "$h$\(ann.email)")) == .refused)
        #expect(try principal(session.tokenHash) != nil && principal(renewed) == nil)
        #expect(try !store.isRotated(session.tokenHash))
        #expect(try !kinds().contains(.sessionConfirmed))
        try connection.execute("UPDATE account SET state = 'Inactive' WHERE email = 'ann@example.test'")
        #expect(try confirm(session, to: renewed, .factor(code)) == .gone)
    }

    @Test func `a second factor is noted with the session, and its earlier proof stays`() throws {
        let ann = try add("ann@example.test")
        let session = try begun(ann)
        let connection = try StoreMaker.current.connection(in: folder)
        let account = Int64(bitPattern: ann.id.rawValue)
        for number in [1, 2] {
            let digest = StoreEngine.current == .sqlite ? "X'0\(number)'" : "decode('0\(number)', 'hex')"
            try connection.execute("INSERT INTO recovery_code (account_id, digest) VALUES (\(account), \(digest))")
        }
        let (first, second) = (try hash(), try hash())
        let outcome = try confirm(session, to: first, .factor(FactorUse(.recoveryCode([1]))), at: now + 30)
        let authentication = SessionAuthentication(
            methods: [.password, .recoveryCode], authenticatedAt: now + 30, secondFactorAt: now + 30)
        #expect(outcome == .confirmed(authentication))
        #expect(try store.factorMaterial(of: ann.id)?.recoveryCodes == [[2]])
        // One used before does not do again, and leaves the token as it is.
        #expect(try confirm(session, from: first, to: second, .factor(FactorUse(.recoveryCode([1])))) == .refused)
        #expect(try principal(first)?.assurance?.authentication == authentication)
        let by = try confirm(session, from: first, to: second, .password(verified: "$h$\(ann.email)"), at: now + 50)
        #expect(
            by
                == .confirmed(
                    SessionAuthentication(
                        methods: [.password, .recoveryCode], authenticatedAt: now + 50, secondFactorAt: now + 30)))
    }

    @Test func `the first organization brings the defaults of a new database`() throws {
        #expect(try store.assuranceDefaults() == .ofNew)
        let connection = try StoreMaker.current.connection(in: folder)
        try connection.execute("DELETE FROM meta WHERE name = 'freshness'")
        #expect(try store.assuranceDefaults() == .ofOlder)
    }

    @Test func `a principal knows the policies that bind it, and its roles at home`() throws {
        let ann = try add("ann@example.test", roles: [.appAdmin])
        let session = try begun(ann)
        func read() throws -> Principal { try #require(try principal(session.tokenHash)) }
        #expect(try read().assurance?.homePolicy == .optional)
        #expect(try read().assurance?.homeRoles == RoleSet([.appAdmin]))
        _ = try store.change(organization.id) { present in
            var new = present
            new.secondFactor = .required
            return (new, try Self.event(.organizationChanged, organization: present.id))
        }
        #expect(try read().assurance?.homePolicy == .required && read().membership?.secondFactor == .required)
        #expect(try store.organization(organization.id)?.secondFactor == .required)
    }
}
