import Identity
import Synchronization
import TestSupport
import Testing

@testable import Cryptography

/// Secrets that the installation's keys seal in the store.
struct SecretsTests {
    private let installation: TestInstallation
    private let (old, new): (KeyFile.Key, KeyFile.Key)
    private static let address = "192.0.2.1"

    init() throws {
        let draw = { () throws -> KeyFile.Key in try KeyFile.Key(createdAt: 1, random: OpenSSLRandomSource()) }
        (old, new) = (try draw(), try draw())
        installation = try TestInstallation(throttle: ThrottlePolicy(), keyring: Keyring(KeyFile(old)))
    }

    /// Another process on the same store, with these keys.
    private func service(_ keys: KeyFile.Key...) throws -> AuthenticationService {
        var service = installation.service
        service.keyring = try keys.first.map { first in
            var file = KeyFile(first)
            for key in keys.dropFirst() { try file.add(key) }
            return Keyring(file)
        }
        return service
    }

    private func fail(_ service: AuthenticationService) {
        #expect(throws: AuthenticationError.self) {
            try service.login(
                email: TestInstallation.ownerEmail, password: Password(utf8: Array("wrong".utf8)),
                by: Caller(.anonymous, address: Self.address))
        }
    }

    private func attempts(_ service: AuthenticationService) throws -> [Int64] {
        try service.attempts(account: TestInstallation.ownerEmail, address: nil).map(\.counter.attempts)
    }

    @Test func `a secret is made once, and is the same in every process`() throws {
        #expect(try installation.store.secret(.recoveryCodes) == nil)
        let processes = try (0..<8).map { _ in try service(old) }
        let secrets = Mutex<[Secret]>([])
        concurrently(8) { number in
            let secret = try untilTaken { try processes[number].secret(.recoveryCodes) }
            secrets.withLock { $0.append(secret) }
        }
        let made = secrets.withLock { $0 }
        #expect(made.count == 8 && made.allSatisfy { $0.isEqual(to: made[0]) && $0.count == 32 })
        #expect(try service(old).secret(.recoveryCodes).isEqual(to: made[0]))
        #expect(try !service(old).secret(.throttle).isEqual(to: made[0]))
        #expect(try installation.store.sealedRows() == [old.id: 2])
    }

    @Test func `a secret is read from the store once`() throws {
        let service = try service(old)
        let secret = try service.secret(.throttle)
        try installation.execute("DELETE FROM secret")
        #expect(try service.secret(.throttle).isEqual(to: secret))
        #expect(try installation.store.sealedRows() == [:])
    }

    @Test func `a rotation seals the secrets anew, and changes none`() throws {
        let before = try SecretName.allCases.map { try service(old).secret($0) }
        #expect(try service(old, new).resealSecrets(most: .max) == 0, "the key is only added")
        #expect(try service(new).resealSecrets(most: .max) == 0, "the old key is not there")
        let rotated = try service(new, old)
        #expect(try rotated.secret(.throttle).isEqual(to: before[0]))
        #expect(try rotated.resealSecrets(most: 1) == 2, "a batch is never cut")
        #expect(try rotated.resealSecrets(most: .max) == 0)
        #expect(try installation.store.sealedRows() == [new.id: 2])
        for (name, secret) in zip(SecretName.allCases, before) {
            #expect(try service(new).secret(name).isEqual(to: secret))
            #expect(throws: AuthenticationError.keys(.refused(.unknownKey(new.id)))) { try service(old).secret(name) }
        }
    }

    @Test func `a value that is damaged, or was moved, opens nowhere and holds up nothing`() throws {
        for name in SecretName.allCases { _ = try service(old).secret(name) }
        let sealed = try #require(try installation.store.secret(.recoveryCodes))
        let moved = try installation.store.reseal(.secret, of: old.id, after: .secret(name: "recovery-codes"), limit: 9)
        {
            _ in sealed
        }
        #expect(moved?.count == 1)
        #expect(throws: AuthenticationError.keys(.refused(.damaged))) { try service(old).secret(.throttle) }
        #expect(try service(new, old).resealSecrets(most: .max) == 1)
        #expect(try installation.store.sealedRows() == [old.id: 1, new.id: 1])
    }

    @Test func `a process that has not heard of the removal of its key seals nothing by it`() throws {
        _ = try service(new).secret(.throttle)
        #expect(try installation.store.retire(old.id) == 0)
        let stale = AuthenticationError.keys(.refused(.retired(old.id)))
        #expect(throws: stale) { try service(old).secret(.recoveryCodes) }
        #expect(throws: stale) { try service(old, new).resealSecrets(most: .max) }
        #expect(try installation.store.sealedRows() == [new.id: 1])
        // It still opens what others seal.
        #expect(try service(old, new).secret(.throttle).isEqual(to: service(new).secret(.throttle)))
        #expect(try service(new).secret(.recoveryCodes).count == 32)
    }

    @Test func `without keys there is no secret, and attempts are counted all the same`() throws {
        let service = try service()
        #expect(throws: AuthenticationError.keys(.none)) { try service.secret(.recoveryCodes) }
        fail(service)
        #expect(try attempts(service) == [1])
        #expect(try installation.store.sealedRows() == [:])
    }

    @Test func `attempts are counted under the secret, which a rotation keeps`() throws {
        fail(try service(old))
        fail(try service(new, old))
        _ = try service(new, old).resealSecrets(most: .max)
        fail(try service(new))
        #expect(try attempts(service(new)) == [3])
        #expect(try service(new).clearAttempts(account: TestInstallation.ownerEmail, address: nil, by: .operator) == 1)
        #expect(try attempts(service(new)) == [])
    }

    @Test func `a process that does not have the secret looks at no counters but says why`() throws {
        fail(try service(old))
        #expect(throws: AuthenticationError.keys(.none)) { try attempts(service()) }
        #expect(throws: AuthenticationError.keys(.none)) {
            try service().clearAttempts(account: nil, address: Self.address, by: .operator)
        }
        #expect(throws: AuthenticationError.keys(.refused(.unknownKey(old.id)))) { try attempts(service(new)) }
        // All of them need no digest.
        #expect(try service().clearAllAttempts(by: .operator) > 0)
    }

    @Test func `a login goes on where a key is gone, and its failures are counted`() throws {
        fail(try service(old))
        let service = try service(new)
        for _ in 0..<5 { fail(service) }
        let refused = #expect(throws: AuthenticationError.self) {
            try service.login(
                email: TestInstallation.ownerEmail, password: Password(utf8: Array("wrong".utf8)),
                by: Caller(.anonymous, address: Self.address))
        }
        #expect(refused == .tooManyAttempts(retryAfter: 1, by: .pair))
        #expect(try attempts(self.service(old)) == [1])
        installation.clock.advance(by: 2)
        _ = try service.login(
            email: TestInstallation.ownerEmail, password: Password(utf8: Array(TestInstallation.ownerPassword.utf8)),
            by: Caller(.anonymous, address: Self.address))
    }
}
