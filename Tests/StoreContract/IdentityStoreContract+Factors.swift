import Cryptography
import Identity
import Synchronization
import TestSupport
import Testing

extension IdentityStoreContract {
    fileprivate func generator(
        of account: Account, expiresAt: Timestamp? = nil, at time: Int64 = 0
    ) throws -> NewGenerator {
        NewGenerator(
            factor: Factor(
                id: try Self.id(), account: account.id, kind: .totp, name: "Phone", createdAt: now + time),
            secret: SealedValue(bytes: [1, 2, 3], key: KeyID(rawValue: .max)), expiresAt: expiresAt)
    }

    fileprivate func edit(
        _ account: Account, by session: Session? = nil, _ change: FactorEdit.Change?,
        _ more: (inout FactorEdit) throws -> Void = { _ in }
    ) throws -> FactorEdit.Outcome {
        try store.changeFactors(of: account.id, by: session?.id) { _ in
            var edit = FactorEdit(
                change, events: [try Self.event(.factorAdded, account: account.id)], ending: Self.ending)
            try more(&edit)
            return edit
        }
    }

    private func factors(of account: Account) throws -> AccountFactors {
        try #require(try store.factors(of: account.id))
    }

    @Test func `a factor comes back as it went in, and each request finds the methods`() throws {
        let ann = try add("ann@example.test")
        #expect(try factors(of: ann) == AccountFactors(factors: [], recoveryCodesLeft: 0))
        let session = try session(of: ann)
        _ = try begin(session, of: ann)
        let new = try generator(of: ann)
        #expect(
            try edit(ann, by: session, .addGenerator(new)) {
                $0.recoveryCodes = [[1], [2]]
                $0.proof = FactorEdit.Proof(.totp, at: now + 5)
            } == .changed)
        #expect(try factors(of: ann) == AccountFactors(factors: [new.factor], recoveryCodesLeft: 2))
        let material = try #require(try store.factorMaterial(of: ann.id))
        #expect(material.generators == [.init(id: new.factor.id, sealed: [1, 2, 3], lastStep: nil)])
        #expect(Set(material.recoveryCodes) == [[1], [2]])
        let carrier = try store.credential(session: session.tokenHash, naming: nil, at: now, idleSince: now + -9).get()
        let assurance = try #require(carrier.principal.assurance)
        #expect(assurance.factors == [.totp, .recoveryCode])
        #expect(assurance.authentication.methods == [.password, .totp])
        #expect(assurance.authentication.secondFactorAt == now + 5)
        #expect(try kinds().first == .factorAdded)
    }

    @Test func `a generator that is not confirmed counts for nothing, and is one`() throws {
        let ann = try add("ann@example.test")
        let (first, second) = (
            try generator(of: ann, expiresAt: now + 60), try generator(of: ann, expiresAt: now + 60)
        )
        for new in [first, second] { #expect(try edit(ann, .addGenerator(new)) == .changed) }
        let present = try factors(of: ann)
        #expect(present.factors.isEmpty)
        #expect(present.unconfirmed == [.init(second.factor, expiresAt: now + 60)])
        #expect(try store.factorMaterial(of: ann.id)?.methods == [])
        #expect(try store.unconfirmedGenerator(first.factor.id, of: ann.id, at: now) == nil)
        #expect(try store.unconfirmedGenerator(second.factor.id, of: Self.id(), at: now) == nil)
        #expect(try store.unconfirmedGenerator(second.factor.id, of: ann.id, at: now + 60) == nil)
        #expect(try store.unconfirmedGenerator(second.factor.id, of: ann.id, at: now)?.sealed == [1, 2, 3])
        #expect(try edit(ann, .confirm(first.factor.id, step: 7)) == .notFound)
        #expect(try edit(ann, .confirm(second.factor.id, step: 7)) == .changed)
        #expect(try edit(ann, .confirm(second.factor.id, step: 8)) == .notFound)
        #expect(try store.factorMaterial(of: ann.id)?.generators.map(\.lastStep) == [7])
        #expect(try store.unconfirmedGenerator(second.factor.id, of: ann.id, at: now) == nil)
    }

    @Test func `what fails leaves everything`() throws {
        let (ann, bob) = (try add("ann@example.test"), try add("bob@example.test"))
        let session = try session(of: ann)
        let new = try generator(of: ann)
        #expect(try edit(ann, by: session, .addGenerator(new)) == .notFound)
        _ = try begin(session, of: ann)
        #expect(try edit(bob, by: session, .addGenerator(try generator(of: bob))) == .notFound)
        #expect(try store.changeFactors(of: ann.id, by: session.id) { _ in nil } == .unchanged)
        #expect(try store.changeFactors(of: Self.id(), by: nil) { _ in nil } == .notFound)
        #expect(try edit(ann, .addGenerator(new)) == .changed)
        let before = try (factors(of: ann), kinds())
        for change in [FactorEdit.Change.rename(try Self.id(), "x"), .remove(try Self.id())] {
            let outcome = try edit(ann, change) {
                $0.recoveryCodes = [[9]]
                $0.endedSessions = .all
            }
            #expect(outcome == .notFound)
        }
        #expect(try edit(bob, .remove(new.factor.id)) == .notFound)
        #expect(try (factors(of: ann), kinds()) == before)
        #expect(try store.sessions([session.id]).count == 1)
    }

    @Test func `a factor is renamed and removed, with the sessions and codes that go along`() throws {
        let ann = try add("ann@example.test")
        let (first, second) = (try generator(of: ann), try generator(of: ann, at: 1))
        let (own, other) = (try session(of: ann), try session(of: ann))
        for session in [own, other] { _ = try begin(session, of: ann) }
        for new in [first, second] {
            #expect(try edit(ann, .addGenerator(new)) { $0.recoveryCodes = [[1]] } == .changed)
        }
        #expect(try edit(ann, .rename(first.factor.id, "Tablet")) == .changed)
        #expect(try factors(of: ann).factors.map(\.name) == ["Tablet", "Phone"])
        #expect(try edit(ann, by: own, .remove(first.factor.id)) { $0.endedSessions = .allBut(own.id) } == .changed)
        #expect(try factors(of: ann).factors.map(\.id) == [second.factor.id])
        #expect(try store.sessions([own.id, other.id]).map(\.id) == [own.id])
        #expect(try kinds().prefix(2) == [.factorAdded, .sessionEnded])
        #expect(try edit(ann, .remove(second.factor.id)) { $0.recoveryCodes = [] } == .changed)
        #expect(try factors(of: ann) == AccountFactors(factors: [], recoveryCodesLeft: 0))
        let carrier = try store.credential(session: own.tokenHash, naming: nil, at: now, idleSince: now + -9).get()
        #expect(carrier.principal.assurance?.factors == [])
    }

    @Test func `an edit of an account may take all factors away`() throws {
        let ann = try add("ann@example.test")
        #expect(try edit(ann, .addGenerator(generator(of: ann))) { $0.recoveryCodes = [[1]] } == .changed)
        _ = try store.change(.account(ann.id)) { present, _ in
            var edit = AccountEdit(present, events: [], ending: Self.ending)
            edit.removesFactors = true
            return edit
        }
        #expect(try factors(of: ann) == AccountFactors(factors: [], recoveryCodesLeft: 0))
    }

    @Test func `an account gets one handle, whoever is first`() throws {
        let ann = try add("ann@example.test")
        let store = self.store
        let handles = Mutex<[WebAuthn.UserHandle?]>([])
        concurrently(8) { _ in
            let drawn = try WebAuthn.UserHandle(random: OpenSSLRandomSource())
            let handle = try untilTaken { try store.userHandle(of: ann.id, orElse: drawn) }
            handles.withLock { $0.append(handle) }
        }
        let found = handles.withLock { $0 }
        #expect(found.count == 8 && Set(found.map { $0?.bytes ?? [] }).count == 1)
        #expect(found.first??.bytes.count == 64)
        let drawn = try WebAuthn.UserHandle(random: OpenSSLRandomSource())
        #expect(try store.userHandle(of: Self.id(), orElse: drawn) == nil)
    }

    @Test func `a session keeps one challenge for each purpose, which is taken once`() throws {
        let ann = try add("ann@example.test")
        let session = try session(of: ann)
        func ceremony(_ byte: UInt8, _ purpose: Ceremony.Purpose = .enrolment) -> Ceremony {
            Ceremony(
                purpose: purpose, challenge: [byte], usage: purpose == .enrolment ? .securityKey : nil,
                expiresAt: now + 300)
        }
        #expect(try !store.put(ceremony(1), of: session.id))
        _ = try begin(session, of: ann)
        for byte in 1...2 as ClosedRange<UInt8> { #expect(try store.put(ceremony(byte), of: session.id)) }
        #expect(try store.put(ceremony(3, .confirmation), of: session.id))
        #expect(try store.takeCeremony(.enrolment, of: session.id) == ceremony(2))
        #expect(try store.takeCeremony(.enrolment, of: session.id) == nil)
        let store = self.store
        let taken = Mutex(0)
        concurrently(8) { _ in
            if try untilTaken({ try store.takeCeremony(.confirmation, of: session.id) }) != nil {
                taken.withLock { $0 += 1 }
            }
        }
        #expect(taken.withLock { $0 } == 1)
        // It goes with the session.
        #expect(try store.put(ceremony(4), of: session.id))
        try store.endSessions(.all, of: ann.id, event: Self.ending)
        #expect(try store.takeCeremony(.enrolment, of: session.id) == nil)
    }

    @Test func `what has expired of second factors is removed, some at a time`() throws {
        let ann = try add("ann@example.test")
        let sessions = try (0..<3).map { _ in try session(of: ann, lifetime: 9000) }
        for (index, session) in sessions.enumerated() {
            _ = try begin(session, of: ann)
            let ceremony = Ceremony(
                purpose: .enrolment, challenge: [1], usage: .passkey, expiresAt: now + Int64(10 * index))
            #expect(try store.put(ceremony, of: session.id))
        }
        let confirmed = try generator(of: ann)
        #expect(try edit(ann, .addGenerator(confirmed)) == .changed)
        #expect(try edit(ann, .addGenerator(generator(of: ann, expiresAt: now + 10))) == .changed)
        #expect(try store.pruneSecondFactors(at: now + -1, limit: 9) == 0)
        #expect(try store.pruneSecondFactors(at: now + 10, limit: 1) == 1)
        #expect(try store.pruneSecondFactors(at: now + 10, limit: 9) == 1)
        #expect(try store.pruneSecondFactors(at: now + 10, limit: 9) == 0)
        #expect(try sessions.map { try store.takeCeremony(.enrolment, of: $0.id) != nil } == [false, false, true])
        let present = try factors(of: ann)
        #expect(present.factors == [confirmed.factor] && present.unconfirmed.isEmpty)
    }

    @Test func `of a passkey that two accounts add at once one gets it`() throws {
        let options = WebAuthn.CreationOptions(
            try #require(WebAuthn.RelyingParty(origin: "https://auth.example.test")),
            user: WebAuthn.User(handle: try .init(random: OpenSSLRandomSource()), name: "a", displayName: "A"),
            challenge: [1], usage: .passkey, excluded: [])
        let credential = try WebAuthn.verifyRegistration(
            WebAuthn.RegistrationResponse(json: SoftwareAuthenticator().registration(challenge: [1])), of: options)
        let accounts = try (0..<4).map { try add("a\($0)@example.test") }
        let outcomes = Mutex<[FactorEdit.Outcome]>([])
        concurrently(4) { number in
            let account = accounts[number]
            let factor = Factor(
                id: try Self.id(), account: account.id, kind: .passkey, name: "Phone", createdAt: now, isBackedUp: false
            )
            let outcome = try untilTaken { try edit(account, .addKey(factor, credential)) }
            outcomes.withLock { $0.append(outcome) }
        }
        let found = outcomes.withLock { $0 }
        #expect(found.count { $0 == .changed } == 1 && found.count { $0 == .credentialTaken } == 3)
        #expect(try accounts.map { try factors(of: $0).factors.count }.reduce(0, +) == 1)
    }
}

extension IdentityStoreContract {
    @Test func `generators are counted by the key that sealed them, and sealed anew`() throws {
        let ann = try add("ann@example.test")
        let (old, new) = (KeyID(rawValue: .max), KeyID(rawValue: 5))
        var ids: [Identifier<Factor>] = []
        for _ in 0..<3 {
            let generator = try generator(of: ann)
            ids.append(generator.factor.id)
            #expect(try edit(ann, .addGenerator(generator)) == .changed)
        }
        ids.sort { Int64(bitPattern: $0.rawValue) < Int64(bitPattern: $1.rawValue) }
        #expect(try store.sealedRows() == [old: 3])
        let first = try store.reseal(.factor, of: old, after: nil, limit: 2) { row in
            row.owner == .factor(ids[0], account: ann.id) ? SealedValue(bytes: [9], key: new) : nil
        }
        #expect(first?.count == 1 && first?.last == .factor(ids[1], account: ann.id))
        let second = try store.reseal(.factor, of: old, after: first?.last, limit: 2) { _ in
            SealedValue(bytes: [8], key: new)
        }
        #expect(second?.count == 1 && second?.last == nil)
        #expect(try store.sealedRows() == [old: 1, new: 2])
        let material = try #require(try store.factorMaterial(of: ann.id))
        #expect(
            Dictionary(uniqueKeysWithValues: material.generators.map { ($0.id, $0.sealed) })
                == [ids[0]: [9], ids[1]: [1, 2, 3], ids[2]: [8]])
    }

    @Test func `a generator that a retired key has sealed is not added`() throws {
        let ann = try add("ann@example.test")
        let generator = try generator(of: ann)
        #expect(try store.retire(generator.secret.key) == 0)
        #expect(try edit(ann, .addGenerator(generator)) == .keyRetired)
        #expect(try factors(of: ann).factors.isEmpty && store.sealedRows() == [:])
        #expect(try !kinds().contains(.factorAdded))
    }
}
