import Glibc
import HTTP
import HTTPTypes
import InMemoryLogging
import Logging
import Synchronization
import TestSupport
import Testing

@testable import Identity

/// Attempts that find the counters full of others that are not decided yet.
struct WaitingAttemptsTests {
    static let email = "ann@example.test"
    static let password = "correct horse battery"
    let random = BlockingRandomSource()
    let installation: TestInstallation

    init() throws {
        installation = try TestInstallation(slots: 1, random: random, throttle: ThrottlePolicy())
        try installation.addAccount(Self.email, password: Self.password)
    }

    private func begin(_ password: String = password, from address: String = "192.0.2.1", id: String = "") -> Answer {
        installation.begin(
            "POST", "/auth/login", TestInstallation.credentials(Self.email, password), token: installation.adminToken,
            variables: ["HTTP_X_CLIENT_ADDRESS": address, "HTTP_X_REQUEST_ID": id])
    }

    /// Keeps the one slot for hashing busy until `random` is opened, and so all that comes behind it.
    private func holdHashing() -> Background<Int> {
        random.close()
        let form = TestInstallation.credentials("holder@example.test", Self.password)
        let holder = Background { [installation] in installation.post("/auth/register", form).status }
        random.waitUntilBlocked()
        return holder
    }

    /// Begins logins that are let through, and wait for their hash, one after the other.
    private func attempts(_ passwords: [String] = Array(repeating: password, count: 5)) -> [Background<Int>] {
        passwords.enumerated().map { index, password in
            let attempt = Background { begin(password).response().status.code }
            while installation.service.hashing.waiting <= index { usleep(1_000) }
            return attempt
        }
    }

    private func postponement(_ answer: Answer) throws -> Postponement {
        guard case .postponed(let postponement) = answer else {
            throw Unexpected(status: answer.response().status.code)
        }
        return postponement
    }

    private struct Unexpected: Error { let status: Int }

    private func count(_ event: String) throws -> Int {
        try installation.service.auditEvents(AuditFilter(), PageRequest(), by: .operator).items.count {
            $0.kind.rawValue == event
        }
    }

    @Test func `of twelve right passwords at once all are let in`() throws {
        let holder = holdHashing()
        let first = attempts()
        let later = try (0..<7).map { _ in try postponement(begin()) }
        let told = Atomic(0)
        for one in later { one.whenReady { told.add(1, ordering: .relaxed) } }
        #expect(told.load(ordering: .relaxed) == 0)
        random.open()
        #expect(try holder.value() == 200)
        for one in first { #expect(try one.value() == 200) }
        #expect(told.load(ordering: .relaxed) == 7)
        for one in later { #expect(one.resume().response().status == .ok) }
        #expect(try count("login.succeeded") == 12)
        #expect(try count("login.failed") == 0)
    }

    @Test
    func `of twelve wrong ones as many are hashed as are tolerated, and the others refused when these have failed`()
        throws
    {
        let holder = holdHashing()
        let first = attempts(Array(repeating: "wrong", count: 5))
        let later = try (0..<7).map { _ in try postponement(begin("wrong")) }
        random.open()
        _ = try holder.value()
        for one in first { #expect(try one.value() == 401) }
        let before = installation.service.hashing.computed
        for one in later { #expect(one.resume().response().status == .tooManyRequests) }
        #expect(begin().response().status == .tooManyRequests)
        #expect(installation.service.hashing.computed == before)
        #expect(try count("login.failed") == 5)
    }

    @Test func `who waits is decided anew when one of several has ended, and waits on where that changes nothing`()
        throws
    {
        let holder = holdHashing()
        let first = attempts(Array(repeating: "wrong", count: 4) + [Self.password])
        let later = try postponement(begin())
        // Not decided, so the answer is the same.
        let same = try postponement(later.resume())
        #expect(same.deadline == later.deadline)
        random.open()
        _ = try holder.value()
        #expect(try first.map { try $0.value() } == [401, 401, 401, 401, 200])
        #expect(later.resume().response().status == .ok)
    }

    @Test func `eight wait for an account and address, and a place is free again when one goes away`() throws {
        let holder = holdHashing()
        let first = attempts()
        var waiting = try (0..<8).map { _ in try postponement(begin()) }
        guard case .response(let refused) = begin() else { throw Unexpected(status: 0) }
        #expect(refused.status == .tooManyRequests)
        // Those that wait already stay.
        waiting[0] = try postponement(waiting[0].resume())
        waiting.removeLast()
        waiting.append(try postponement(begin()))
        random.open()
        _ = try holder.value()
        for one in first { #expect(try one.value() == 200) }
        for one in waiting { #expect(one.resume().response().status == .ok) }
    }

    @Test func `what is not decided in two seconds, or has no room to wait, is refused as ever, and logged once`()
        throws
    {
        let holder = holdHashing()
        let first = attempts()
        let (patient, other) = (try postponement(begin(id: "patient")), try postponement(begin(id: "other")))
        #expect(other.conclude().status == .tooManyRequests)
        let start = ContinuousClock.now
        let response = Answer.postponed(patient).response()
        let time = start.duration(to: .now)
        #expect(response.status == .tooManyRequests)
        #expect(TestInstallation.answer(response.cgiOutput(for: .post)).fields[.retryAfter] == "1")
        #expect(time > .milliseconds(1_500) && time < .seconds(20), "\(time)")
        for id in ["patient", "other"] {
            let entries = installation.logs.entries.filter { $0.metadata["id"] == "\(id)" }
            #expect(entries.map { "\($0.message)" } == ["login failed", "request"])
        }
        random.open()
        _ = try holder.value()
        for one in first { #expect(try one.value() == 200) }
    }

    @Test func `no one waits where nothing under way could make a difference`() throws {
        for _ in 0..<5 { #expect(begin("wrong").response().status == .unauthorized) }
        guard case .response(let refused) = begin() else { throw Unexpected(status: 0) }
        #expect(refused.status == .tooManyRequests)
        // Nor if another counter refuses it that those under way are not in.
        for index in 0..<50 {
            _ = installation.login("a\(index)@example.test", "wrong")
        }
        installation.clock.advance(by: 1)
        guard case .response(let atAddress) = begin() else { throw Unexpected(status: 0) }
        #expect(atAddress.status == .tooManyRequests)
    }

    @Test func `an attempt that ends without a decision makes room too`() throws {
        let account = try installation.service.account(named: Self.email)
        _ = try installation.service.update(account.id, AccountForm(state: .inactive), by: .operator)
        let holder = holdHashing()
        let first = attempts()
        let later = try postponement(begin())
        random.open()
        _ = try holder.value()
        for one in first { #expect(try one.value() == 403) }
        #expect(later.resume().response().status == .forbidden)
    }

    @Test func `changes of the own password wait as logins do`() throws {
        let session = try #require(installation.login(Self.email, Self.password).sessionToken)
        @Sendable func change(_ number: Int) -> Answer {
            installation.begin(
                "PUT", "/account/me",
                #"{"current_password": "\#(Self.password)", "new_password": "another long one \#(number)"}"#,
                token: session)
        }
        let holder = holdHashing()
        let first = (0..<5).map { number in Background { change(number).response().status.code } }
        while installation.service.hashing.waiting < 5 { usleep(1_000) }
        let later = try postponement(change(5))
        random.open()
        _ = try holder.value()
        // One of them wins, and the password is another for those that come after it.
        #expect(try first.map { try $0.value() }.sorted() == [200, 400, 400, 400, 400])
        #expect(later.resume().response().status == .badRequest)
    }
}
