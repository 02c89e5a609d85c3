import CPostgreSQL
import Glibc
import Synchronization
import System

/// The making of a connection to the first of several servers that takes it.
///
/// libpq would give each server its whole time before it turns to the next: a primary that is cut off silently would
/// cost 3 s at each connection. So the next server is tried beside it after 250 ms (as RFC 8305 does it with
/// addresses), and the server that worked last is tried first.
struct ConnectionRace {
    /// The time of one server.
    private static let patience: Duration = .seconds(3)
    /// The time after which the next server is tried too.
    private static let stagger: Duration = .milliseconds(250)

    private let library: PostgreSQLLibrary
    private let target: PostgreSQLTarget
    private let deadline: ContinuousClock.Instant
    private let environment: (String) -> String?

    private var waiting: [(host: PostgreSQLTarget.Host, address: String?)] = []
    private var lookups: [(lookup: NameLookup, deadline: ContinuousClock.Instant)] = []
    private var running: [ConnectionAttempt] = []
    private var errors: [PostgreSQLError] = []
    private var nextStart = ContinuousClock.now

    init(
        _ library: PostgreSQLLibrary, _ target: PostgreSQLTarget, deadline: ContinuousClock.Instant,
        environment: @escaping (String) -> String?
    ) {
        self.library = library
        self.target = target
        self.deadline = deadline
        self.environment = environment
    }

    /// Connects.
    ///
    /// - Returns: the attempt that came first.
    /// - Throws: the error of the server that tells most, with the messages of all.
    mutating func run() throws(PostgreSQLError) -> ConnectionAttempt {
        let first = target.findings.firstHost.load(ordering: .relaxed) % target.hosts.count
        for host in target.hosts[first...] + target.hosts[..<first] { enter(host) }
        while true {
            startNext()
            if waiting.isEmpty && lookups.isEmpty && running.isEmpty { throw failure() }
            if ContinuousClock.now >= deadline { throw timedOut() }
            if let winner = goOn() {
                let index = target.hosts.firstIndex(of: winner.host) ?? 0
                target.findings.firstHost.store(index, ordering: .relaxed)
                return winner
            }
        }
    }

    private mutating func enter(_ host: PostgreSQLTarget.Host) {
        if host.isSocket || host.isAddress {
            waiting.append((host, nil))
            return
        }
        do throws(PostgreSQLError) {
            let limit = min(deadline, ContinuousClock.now + Self.patience)
            lookups.append((try NameLookup(host, target.findings), limit))
        } catch {
            errors.append(error)
        }
    }

    /// Starts the next attempt when its time has come, or nothing else is under way.
    private mutating func startNext() {
        while !waiting.isEmpty, running.isEmpty || ContinuousClock.now >= nextStart {
            let (host, address) = waiting.removeFirst()
            let now = ContinuousClock.now
            do throws(PostgreSQLError) {
                let parameters = try target.connectionParameters(host, address: address, environment: environment)
                running.append(
                    try ConnectionAttempt(library, host, parameters, deadline: min(deadline, now + Self.patience)))
                nextStart = now + Self.stagger
            } catch {
                errors.append(error)
            }
        }
    }

    /// Waits for something to happen, and goes on with it.
    ///
    /// - Returns: the attempt that has come through.
    private mutating func goOn() -> ConnectionAttempt? {
        var sockets = running.map { pollfd(fd: $0.socket, events: Int16($0.events), revents: 0) }
        sockets += lookups.map { pollfd(fd: $0.lookup.descriptor, events: Int16(POLLIN), revents: 0) }
        var limits = running.map(\.deadline) + lookups.map(\.deadline) + [deadline]
        if !waiting.isEmpty { limits.append(nextStart) }
        _ = SocketWait.wait(&sockets, until: limits.min() ?? deadline)
        let (attempts, names) = (sockets.prefix(running.count), sockets.dropFirst(running.count))
        finishLookups(names.map { $0.revents != 0 })
        return stepAttempts(attempts.map { $0.revents != 0 })
    }

    private mutating func finishLookups(_ isReady: [Bool]) {
        let now = ContinuousClock.now
        var remaining: [(lookup: NameLookup, deadline: ContinuousClock.Instant)] = []
        for (entry, isReady) in zip(lookups, isReady) {
            let name = entry.lookup.host.name
            if isReady {
                let addresses = entry.lookup.addresses()
                if addresses.isEmpty { errors.append(PostgreSQLError(.lost, "\(name): the name has no address")) }
                waiting += addresses.map { (entry.lookup.host, $0) }
            } else if now >= entry.deadline {
                errors.append(PostgreSQLError(.timedOut, "\(name): the name servers do not answer"))
            } else {
                remaining.append(entry)
            }
        }
        lookups = remaining
    }

    private mutating func stepAttempts(_ isReady: [Bool]) -> ConnectionAttempt? {
        let now = ContinuousClock.now
        var remaining: [ConnectionAttempt] = []
        defer { running = remaining }
        for (attempt, isReady) in zip(running, isReady) {
            switch isReady ? attempt.step() : .waiting {
            case .open: return attempt
            case .failed(let error): errors.append(error)
            case .waiting where now >= attempt.deadline:
                errors.append(PostgreSQLError(.timedOut, "\(attempt.host) does not answer"))
            case .waiting: remaining.append(attempt)
            }
        }
        return nil
    }

    private func failure() -> PostgreSQLError {
        let messages = errors.map(\.message).joined(separator: "; ")
        // A server that answered tells more than one that did not.
        let telling = errors.first { $0.kind == .library } ?? errors.first { $0.sqlState != nil } ?? errors.first
        return PostgreSQLError(telling?.kind ?? .lost, messages, sqlState: telling?.sqlState)
    }

    private func timedOut() -> PostgreSQLError {
        let silent = (running.map(\.host) + lookups.map(\.lookup.host)).map { "\($0) does not answer" }
        return PostgreSQLError(.timedOut, (errors.map(\.message) + silent).joined(separator: "; "))
    }
}
