import Cryptography
import Identity
import Synchronization
import TestSupport
import Testing

extension IdentityStoreContract {
    /// An account that has a second factor by its row.
    private func addWithFactor(_ email: String = "ann@example.test") throws -> Account {
        let account = try add(email)
        try connection().execute(
            "UPDATE account SET factors = 8, last_factor = 2 WHERE id = \(Int64(bitPattern: account.id.rawValue))")
        return account
    }

    private func connection() throws -> any TestConnection { try StoreMaker.current.connection(in: folder) }

    private func pending(
        of account: Account, network: String = "192.0.2.1", at time: Int64 = 0
    ) throws -> PendingLogin {
        PendingLogin(
            id: try Self.id(), tokenHash: TokenHash(bytes: try OpenSSLRandomSource().bytes(32)), account: account.id,
            program: try Self.id(), network: network, createdAt: now + time, expiresAt: now + time + 300)
    }

    private func begin(
        _ login: PendingLogin, of account: Account, renewed: String? = nil
    ) throws -> PendingLogin.Beginning {
        try store.beginLogin(
            login, verified: "$h$\(account.email)", renewed: renewed, attempt: ThrottleReservation())
    }

    /// Puts recovery codes into the store, and returns the use of each.
    private func addCodes(_ count: Int, to account: Account) throws -> [FactorUse] {
        try (0..<count).map { _ in
            let digest = try OpenSSLRandomSource().bytes(32)
            let digits = digest.map { byte in
                let hex = String(byte, radix: 16)
                return hex.utf8.count == 1 ? "0" + hex : hex
            }.joined()
            let value = StoreEngine.current == .sqlite ? "x'\(digits)'" : "CAST('\\x\(digits)' AS BYTEA)"
            try connection().execute(
                "INSERT INTO recovery_code (account_id, digest) VALUES "
                    + "(\(Int64(bitPattern: account.id.rawValue)), \(value))")
            return FactorUse(.recoveryCode(digest))
        }
    }

    @Test func `a login that waits comes back as it went in, and renews the hash`() throws {
        let account = try addWithFactor()
        let login = try pending(of: account)
        #expect(try begin(login, of: account, renewed: "$h$new") == .waits(.recoveryCode, last: .totp))
        #expect(try store.pendingLogin(login.tokenHash) == login)
        #expect(try store.pendingLogin(TokenHash(bytes: [1])) == nil)
        let found = try store.passwordLookup(emailKey: "ann@example.test", decoySeed: 0)
        #expect(found?.passwordHash == "$h$new" && found?.factors == .recoveryCode)
    }

    @Test func `none waits with another password, without a factor, or for an inactive account`() throws {
        let account = try addWithFactor()
        let login = try pending(of: account)
        #expect(
            try store.beginLogin(login, verified: "$h$stale", renewed: "$h$new", attempt: ThrottleReservation())
                == .refused)
        let other = try add("bob@example.test")
        #expect(try begin(pending(of: other), of: other, renewed: "$h$new") == .needsNone)
        _ = try store.change(.account(account.id)) { account, _ in
            var edit = AccountEdit(account, events: [], ending: Self.ending)
            edit.account.state = .inactive
            return edit
        }
        #expect(try begin(login, of: account) == .refused)
        #expect(try store.pendingLogin(login.tokenHash) == nil)
        #expect(
            try store.passwordLookup(emailKey: "bob@example.test", decoySeed: 0)?.passwordHash
                == "$h$bob@example.test")
    }

    @Test func `five of an account and network wait, and the others go in their order`() throws {
        let account = try addWithFactor()
        let elsewhere = try pending(of: account, network: "198.51.100.1")
        #expect(try begin(elsewhere, of: account) == .waits(.recoveryCode, last: .totp))
        let logins = try (0..<7).map { try pending(of: account, at: $0) }
        for login in logins { _ = try begin(login, of: account) }
        let isThere = try logins.map { try store.pendingLogin($0.tokenHash) != nil }
        #expect(isThere == [false, false, true, true, true, true, true])
        #expect(try store.pendingLogin(elsewhere.tokenHash) == elsewhere)
    }

    @Test func `of sixteen answers at once five are taken, and one of them finds the challenge`() throws {
        let account = try addWithFactor()
        let login = try pending(of: account)
        _ = try begin(login, of: account)
        #expect(try store.setChallenge([1, 2, 3], of: login.id))
        let (store, now) = (self.store, self.now)
        let taken = Mutex<[PendingLogin]>([])
        concurrently(16) { _ in
            let one = try untilTaken { try store.takeAnswer(of: login.id, at: now) }
            if let one { taken.withLock { $0.append(one) } }
        }
        let logins = taken.withLock { $0 }
        #expect(logins.map(\.failures).sorted() == [1, 2, 3, 4, 5])
        #expect(logins.compactMap(\.challenge) == [[1, 2, 3]])
        #expect(try store.takeAnswer(of: login.id, at: now) == nil)
    }

    @Test func `none takes an answer once it is over`() throws {
        let account = try addWithFactor()
        let login = try pending(of: account)
        _ = try begin(login, of: account)
        #expect(try store.takeAnswer(of: login.id, at: now + 300) == nil)
        #expect(try store.takeAnswer(of: login.id, at: now + 299)?.failures == 1)
        #expect(try store.takeAnswer(of: Self.id(), at: now) == nil)
        #expect(try !store.setChallenge([1], of: Self.id()))
    }

    @Test func `a login that waits ends with one session, and so does a recovery code`() throws {
        let account = try addWithFactor()
        let login = try pending(of: account)
        _ = try begin(login, of: account)
        let uses = try addCodes(3, to: account)
        func proof(_ use: FactorUse) -> LoginProof { LoginProof(.pending(login.id), .factor(use)) }
        func start(_ proof: LoginProof) throws -> Account? {
            let session = try session(of: account)
            return try store.begin(session, proof: proof, replaced: nil, attempt: ThrottleReservation()) {
                try Self.event(.loginSucceeded, account: $0.id, target: "\(session.id)")
            }
        }
        // A password alone does not do, nor a login that waits without its second step.
        let password = LoginProof.password(verified: "$h$\(account.email)", renewed: nil)
        #expect(try start(password) == nil)
        #expect(try start(LoginProof(.pending(login.id))) == nil)
        #expect(try start(LoginProof(.pending(Self.id()), .factor(uses[0]))) == nil)
        let wins = Mutex(0)
        concurrently(16) { number in
            if try untilTaken({ try start(proof(uses[number % 2])) }) != nil { wins.withLock { $0 += 1 } }
        }
        #expect(wins.withLock { $0 } == 1)
        #expect(try store.sessionCount() == 1)
        #expect(try store.pendingLogin(login.tokenHash) == nil)
        let left = try #require(try store.factorMaterial(of: account.id))
        #expect(left.recoveryCodes.count == 2)
        #expect(try start(password.with(.factor(uses[2]))) == account)
        #expect(try start(password.with(.factor(uses[2]))) == nil)
        #expect(try kinds().filter { $0 == .loginSucceeded }.count == 2)
    }

    @Test func `of eleven trusted devices the oldest goes, and each serves its own account only`() throws {
        let (account, other) = (try addWithFactor(), try addWithFactor("bob@example.test"))
        let uses = try addCodes(11, to: account)
        let password = LoginProof.password(verified: "$h$\(account.email)", renewed: nil)
        let devices = try (0..<11).map { number in
            TrustedDevice(
                id: try Self.id(), tokenHash: TokenHash(bytes: [UInt8(number)]), account: account.id,
                createdAt: now + Int64(number), expiresAt: now + 1000, address: "192.0.2.1", userAgent: "test")
        }
        for (device, use) in zip(devices, uses) {
            let session = try session(of: account)
            let begun = try store.begin(
                session, proof: password.with(.factor(use)), replaced: nil, attempt: ThrottleReservation(),
                trusting: device
            ) { [try Self.event(.loginSucceeded, account: $0.id), try Self.event(.deviceTrusted, account: $0.id)] }
            #expect(begun == account)
        }
        let page = try store.trustedDevices(of: account.id, at: now, PageRequest(size: 20))
        #expect(page.items == Array(devices.dropFirst()))
        #expect(try store.trustedDevices(of: other.id, at: now, PageRequest()).items.isEmpty)
        let last = devices[10]
        #expect(try store.trustedDevice(last.tokenHash, of: account.id, at: now) == last.id)
        #expect(try store.trustedDevice(last.tokenHash, of: account.id, at: now + 1000) == nil)
        #expect(try store.trustedDevice(last.tokenHash, of: other.id, at: now) == nil)
        let session = try session(of: other)
        let foreign = LoginProof(.password(verified: "$h$\(other.email)", renewed: nil), .device(last.tokenHash))
        let begun = try store.begin(session, proof: foreign, replaced: nil, attempt: ThrottleReservation()) {
            try Self.event(.loginSucceeded, account: $0.id)
        }
        #expect(begun == nil)
        let event = try Self.event(.deviceRemoved, account: account.id)
        #expect(try !store.removeTrustedDevice(last.id, of: other.id, event: event))
        #expect(try store.removeTrustedDevice(last.id, of: account.id, event: event))
        #expect(try store.trustedDevice(last.tokenHash, of: account.id, at: now) == nil)
        #expect(try kinds().filter { $0 == .deviceRemoved }.count == 1)
    }
}
