import Cryptography
import Foundation
import TestSupport
import Testing

/// The acknowledgements that clients got from a responder that was killed meanwhile, and the state that they require.
struct Campaign {
    private var registered: Set<String> = []
    private var passwords: [String: String] = [:]
    private var valid: Set<String> = []
    private var refused: Set<String> = []
    /// The changes of passwords in this round: acknowledged or not.
    private var changes: [(change: CampaignClient.PasswordChange, isAcknowledged: Bool)] = []
    /// The stored hash of each password that was found to be the right one.
    private var hashes: [String: String] = [:]

    /// The number of acknowledgements of each kind.
    private(set) var acknowledged = [
        "registrations": 0, "password changes": 0, "tokens made": 0, "revocations": 0, "logins": 0, "logouts": 0,
    ]
    /// The number of requests without an answer.
    private(set) var cutOff = 0

    /// Puts the load on a responder until it is gone.
    ///
    /// - Parameter kill: ends the responder; it is given a wait until each client was successful once.
    func run(
        _ round: Int, on deployment: Deployment, kill: (_ waitForSuccess: () -> Void) -> Void
    ) throws -> [CampaignClient.Outcome] {
        let successes = DispatchSemaphore(value: 0)
        let tasks = CampaignClient.Work.allCases.map { work in
            let client = CampaignClient(send: deployment.send, round: round, work: work, passwords: passwords)
            return Background { try client.run { successes.signal() } }
        }
        kill { for _ in tasks where successes.wait(timeout: .now() + 60) == .timedOut { break } }
        return try tasks.flatMap { try $0.value() }
    }

    /// Takes down the answers to clients.
    mutating func note(_ outcomes: [CampaignClient.Outcome]) {
        for outcome in outcomes {
            let isAcknowledged = outcome.isAcknowledged
            if !isAcknowledged { cutOff += 1 }
            switch outcome.event {
            case .registered(let email):
                count("registrations", isAcknowledged)
                if isAcknowledged { registered.insert(email) }
            case .changedPassword(let change):
                count("password changes", isAcknowledged)
                changes.append((change, isAcknowledged))
            case .madeToken(let token): expect(token, "tokens made", isAcknowledged, isValid: true)
            case .loggedIn(let session): expect(session, "logins", isAcknowledged, isValid: true)
            case .revokedToken(let token): expect(token, "revocations", isAcknowledged, isValid: false)
            case .loggedOut(let session): expect(session, "logouts", isAcknowledged, isValid: false)
            }
        }
    }

    private mutating func count(_ kind: String, _ isAcknowledged: Bool) {
        if isAcknowledged { acknowledged[kind, default: 0] += 1 }
    }

    private mutating func expect(_ credential: String, _ kind: String, _ isAcknowledged: Bool, isValid: Bool) {
        count(kind, isAcknowledged)
        // A removal that was requested and not answered may have been done or not.
        valid.remove(credential)
        guard isAcknowledged else { return }
        if isValid { valid.insert(credential) } else { refused.insert(credential) }
    }

    /// Checks the database that the responder left behind.
    mutating func check(_ deployment: Deployment, _ round: String) throws {
        let database = try TestDatabase(deployment.database)
        let emails = Set(try database.column("SELECT email FROM account"))
        let live = Set(
            try database.column("SELECT hex(token_hash) FROM session UNION ALL SELECT hex(token_hash) FROM api_token"))
        let stored = try database.rows("SELECT email, password_hash FROM account").reduce(into: [:]) {
            $0[$1[0] ?? ""] = $1[1]
        }
        let faults = try Self.faults(database)
        #expect(faults == ["ok"], "\(round)")
        #expect(registered.subtracting(emails).isEmpty, "\(round): registrations are lost")
        #expect(valid.count { !live.contains(Self.hash($0)) } == 0, "\(round): sessions or tokens are lost")
        #expect(refused.count { live.contains(Self.hash($0)) } == 0, "\(round): revocations are lost")
        for (change, isAcknowledged) in changes {
            let isDone = try isAcknowledged || Self.matches(change.new, stored[change.email])
            // It ends the other sessions, or does nothing at all.
            #expect(live.contains(Self.hash(change.otherSession)) != isDone, "\(round): half a change of password")
            passwords[change.email] = isDone ? change.new : change.old
        }
        for email in Set(changes.map(\.change.email)) {
            #expect(
                try Self.matches(try #require(passwords[email]), stored[email]), "\(round): a password change is lost")
            hashes[email] = stored[email]
        }
        changes = []
        for (email, hash) in hashes { #expect(stored[email] == hash, "\(round): a password change came undone") }
    }

    /// States that no transaction may leave behind.
    private static func faults(_ database: TestDatabase) throws -> [String] {
        var faults = try database.column("PRAGMA integrity_check")
        faults += try database.rows("PRAGMA foreign_key_check").map { "\($0)" }
        for (what, sql) in [
            ("accounts without user", "FROM account WHERE id NOT IN (SELECT account_id FROM user)"),
            ("users without account", "FROM user WHERE account_id NOT IN (SELECT id FROM account)"),
            ("sessions without account", "FROM session WHERE account_id NOT IN (SELECT id FROM account)"),
            (
                "accounts without entry in the audit log",
                """
                FROM account WHERE email LIKE 'r%' AND id NOT IN
                    (SELECT account_id FROM audit_event WHERE kind LIKE 'account.%' AND account_id IS NOT NULL)
                """
            ),
        ] {
            let count = try database.number("SELECT count(*) \(sql)") ?? 0
            if count > 0 { faults.append("\(count) \(what)") }
        }
        return faults
    }

    private static func hash(_ token: String) -> String {
        SHA256.digest(of: token).map { String(format: "%02X", $0) }.joined()
    }

    private static func matches(_ password: String, _ stored: String?) throws -> Bool {
        guard let stored, let hash = PasswordHash(encoded: stored) else { return false }
        return try hash.matches(Secret(Array(password.utf8)))
    }
}
