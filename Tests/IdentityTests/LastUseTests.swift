import Testing

@testable import Identity

struct LastUseTests {
    private let now = Timestamp(secondsSince1970: 1_800_000_000)

    private func principal(_ id: UInt64, lastUsedAt: Timestamp? = nil, isSession: Bool = true) -> Principal {
        Principal(
            credential: isSession
                ? .session(Identifier(rawValue: id)) : .apiToken(Identifier(rawValue: id), scopes: ScopeSet([])),
            expiresAt: nil, lastUsedAt: lastUsedAt, account: Identifier(rawValue: 1), email: "a@b.test",
            installationRoles: [], installationHasOneOrganization: true, membership: nil)
    }

    @Test func `each credential is recorded once, whatever comes in between, and again after it is taken`() {
        let use = LastUseRecorder()
        for _ in 1...2 {
            // 1 and 257 are in the same shard.
            for id in [1, 257, 1, 1, 2, 257] as [UInt64] { use.note(principal(id), at: now) }
            use.note(principal(3, isSession: false), at: now)
            let taken = use.takeAll()
            #expect(
                Set(taken.keys) == [
                    .session(Identifier(rawValue: 1)), .session(Identifier(rawValue: 2)),
                    .session(Identifier(rawValue: 257)), .apiToken(Identifier(rawValue: 3)),
                ])
            #expect(taken.values.allSatisfy { $0 == now })
            #expect(use.takeAll().isEmpty)
        }
    }

    @Test func `a time written less than a minute ago is not written again`() {
        let use = LastUseRecorder()
        use.note(principal(1, lastUsedAt: now + -59), at: now)
        use.note(principal(2, lastUsedAt: now + -60), at: now)
        #expect(Array(use.takeAll().keys) == [.session(Identifier(rawValue: 2))])
    }

    @Test func `a time that could not be written is kept, unless there is a newer one`() {
        let use = LastUseRecorder()
        use.note(principal(1), at: now)
        use.note(principal(2), at: now)
        let taken = use.takeAll()
        use.note(principal(1), at: now + 5)
        use.putBack(taken)
        #expect(
            use.takeAll() == [
                .session(Identifier(rawValue: 1)): now + 5, .session(Identifier(rawValue: 2)): now,
            ])
    }
}
