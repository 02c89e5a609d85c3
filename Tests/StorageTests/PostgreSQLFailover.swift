import Foundation
import Glibc
import Identity
import Synchronization
import TestSupport
import Testing

@testable import Storage

/// A primary with a synchronous standby, an installation on both, and stores whose times are shorter than those of a
/// responder.
struct PostgreSQLFailover {
    let pair: PostgreSQLPair
    let installation: PostgreSQLInstallation
    let times: FencingTimes

    /// - Parameters:
    ///   - settings: lines of the primary's `postgresql.conf`.
    ///   - lease: that of the stores.
    init(_ settings: [String] = [], lease: Duration = .seconds(6)) throws {
        pair = try PostgreSQLPair(settings)
        installation = try PostgreSQLInstallation(in: PostgreSQLTestSchema(in: pair.uri, isDropped: false))
        times = FencingTimes(
            lease: lease, shortLease: .seconds(3), interval: .milliseconds(300), patience: .seconds(2))
    }

    /// A responder's store.
    ///
    /// - Parameter clusters: the servers that it knows, in the order in which it tries them; `nil` for both.
    func store(
        _ clusters: [PostgreSQLCluster]? = nil, patience: Duration = .seconds(5),
        report: @escaping @Sendable (String) -> Void = { _ in }
    ) throws -> PostgreSQLStore {
        try PostgreSQLStore(
            PostgreSQLTarget(clusters.map { PostgreSQLPair.uri($0) } ?? pair.uri), schema: installation.schema.name,
            knowing: PostgreSQLSchema.version, connections: .init(lookups: 2, readers: 2, writers: 4), times: times,
            patience: patience, random: PostgreSQLTestSchema.random, report: report)
    }

    /// The answer to a session's token.
    enum Verdict { case accepted, unknown, unavailable }

    func verdict(_ session: Session, by store: PostgreSQLStore) throws -> Verdict {
        do throws(StoreError) {
            let now = installation.now
            let found = try store.credential(
                session: session.tokenHash, naming: nil, at: now, idleSince: now + -60)
            if case .success = found { return .accepted }
            return .unknown
        } catch {
            guard error.kind == .unavailable else { throw error }
            return .unavailable
        }
    }

    /// Waits until a session's token gets an answer.
    func wait(until verdict: Verdict, of session: Session, by store: PostgreSQLStore) throws {
        try Self.wait("\(verdict)") { try self.verdict(session, by: store) == verdict }
    }

    /// Waits until something is true, for a minute at most.
    static func wait(_ comment: Comment, until isTrue: () throws -> Bool) throws {
        let end = ContinuousClock.now + .seconds(60)
        while try !isTrue() {
            guard ContinuousClock.now < end else {
                Issue.record(comment)
                return
            }
            usleep(20_000)
        }
    }

    /// Waits until a commit on the primary waits for its standby.
    func waitUntilCommitHangs() throws {
        let connection = try TestPostgreSQL(pair.primary.uri)
        try Self.wait("a commit waits for the standby") {
            try connection.value("SELECT count(*) FROM pg_stat_activity WHERE wait_event = 'SyncRep'") != "0"
        }
    }
}

/// Threads that ask stores for a session again and again, and note the last moment from which on it was accepted.
final class FailoverVerifier: Sendable {
    private let isOver = Atomic(false)
    private let threads = DispatchGroup()
    private let last: Mutex<[ContinuousClock.Instant?]>

    init(_ failover: PostgreSQLFailover, _ stores: [PostgreSQLStore], _ session: Session) {
        last = Mutex(stores.map { _ in nil })
        for (index, store) in stores.enumerated() {
            for _ in 0..<2 {
                threads.enter()
                Thread.detachNewThread {
                    defer { self.threads.leave() }
                    while !self.isOver.load(ordering: .relaxed) {
                        let begun = ContinuousClock.now
                        do {
                            if try failover.verdict(session, by: store) == .accepted {
                                self.last.withLock { $0[index] = max($0[index] ?? begun, begun) }
                            }
                        } catch {
                            Issue.record(error)
                        }
                        usleep(2000)
                    }
                }
            }
        }
    }

    /// Ends the threads.
    ///
    /// - Returns: for each store, the begin of the last question to which it said yes.
    func stop() -> [ContinuousClock.Instant?] {
        isOver.store(true, ordering: .relaxed)
        threads.wait()
        return last.withLock { $0 }
    }
}
