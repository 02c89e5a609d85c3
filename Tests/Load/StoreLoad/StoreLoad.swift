import Cryptography
import Foundation
import Identity
import Storage

/// Loads a store from several threads, and prints how many operations it does in a second, and how many lookups of
/// credentials went together.
@main
struct StoreLoad {
    private enum Operation: String {
        /// New sessions, each on disk before the next one of its thread begins.
        case sessions
        /// The reads of a login before it hashes.
        case lookups
        /// The lookup of a verify of a session.
        case principals
    }

    private let store: any IdentityStore
    private let accounts: Int
    private let random = OpenSSLRandomSource()
    private let turns = Turns()

    static func main() throws {
        let arguments = CommandLine.arguments
        guard arguments.count == 6, let operation = Operation(rawValue: arguments[1]), let threads = Int(arguments[3]),
            let seconds = Double(arguments[4]), let accounts = Int(arguments[5]), threads > 0, accounts > 0
        else {
            FileHandle.standardError.write(
                Data("usage: StoreLoad sessions|lookups|principals DATABASE THREADS SECONDS ACCOUNTS\n".utf8))
            exit(EX_USAGE)
        }
        let load = StoreLoad(store: try store(arguments[2], threads: threads), accounts: accounts)
        let rate = try load.run(operation, threads: threads, seconds: seconds)
        print(rate, load.batchSize)
    }

    /// The lookups of credentials for each statement of PostgreSQL; 1 if there was none.
    private var batchSize: Double {
        guard let figures = (store as? PostgreSQLStore)?.figures, figures.batches > 0 else { return 1 }
        return Double(figures.batchedLookups) / Double(figures.batches)
    }

    /// Opens the store at a path of SQLite, or at a URI of PostgreSQL.
    private static func store(_ database: String, threads: Int) throws -> any IdentityStore {
        guard PostgreSQLTarget.isMeant(by: database) else {
            return try SQLiteStore(path: database, readers: threads, patientWriters: threads)
        }
        return try PostgreSQLStore(PostgreSQLTarget(database), fencing: .off) { .random(in: 0 ... .max) }
    }

    private func run(_ operation: Operation, threads: Int, seconds: Double) throws -> Double {
        switch operation {
        case .sessions:
            let owners = try owners
            return try Threads.rate(threads, seconds: seconds) {
                _ = try begin(owners[turns.next(below: owners.count)])
            }
        case .lookups:
            return try Threads.rate(threads, seconds: seconds) { _ = try lookUp() }
        case .principals:
            let sessions = try owners.map { try begin($0).tokenHash }
            let now = WallClock.system.now()
            return try Threads.rate(threads, seconds: seconds) {
                let found = try store.credential(
                    session: sessions[turns.next(below: sessions.count)], naming: nil, at: now, idleSince: now + -3600)
                guard case .success = found else { throw StoreError(.unexpected, "a session was refused") }
            }
        }
    }

    /// A thousand accounts at most.
    private var owners: [PasswordCredential] {
        get throws { try (0..<min(accounts, 1000)).map { _ in try lookUp() } }
    }

    /// Looks one of the seeded accounts up.
    private func lookUp() throws -> PasswordCredential {
        let turn = turns.next(below: accounts)
        let digits = String(turn)
        let key = "account" + String(repeating: "0", count: 7 - digits.count) + digits + "@example.com"
        // Somewhere else each time, as the digest of an address is.
        let decoySeed = UInt64(turn) &* 0x9E37_79B9_7F4A_7C15
        guard let credential = try store.passwordLookup(emailKey: key, decoySeed: decoySeed) else {
            throw StoreError(.unexpected, "there is no account \(key)")
        }
        return credential
    }

    /// Adds a session as a login does.
    private func begin(_ owner: PasswordCredential) throws -> Session {
        let now = WallClock.system.now()
        let session = Session(
            id: try Identifier(random: random), tokenHash: try BearerToken(.session, random: random).hash,
            account: owner.account, createdAt: now, lastSeen: now, expiresAt: now + 14 * 86400, address: "203.0.113.7",
            userAgent: "StoreLoad")
        let account = try store.begin(
            session, proof: .password(verified: owner.passwordHash, renewed: nil), replaced: nil,
            attempt: ThrottleReservation()
        ) { account in
            AuditEvent(
                id: try Identifier(random: random), time: now, kind: .loginSucceeded, actor: account.id,
                credential: .none, account: account.id, target: "\(session.id)",
                organization: account.users.first?.organization, address: session.address,
                requestID: "00000000000000000000000000000000", details: [:])
        }
        guard account != nil else { throw StoreError(.unexpected, "the session was refused") }
        return session
    }
}
