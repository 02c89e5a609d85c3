import CPostgreSQL
import Glibc
import Synchronization
import System

/// The making of a connection to the first of several servers that takes it.
///
/// libpq would give each server its whole time before it turns to the next: a primary that is cut off silently would
/// cost 3 s at each connection. So the next server is tried beside it after 250 ms (as RFC 8305 does it with
/// addresses), and the server that worked last is tried first. As long as one of them has not answered yet, those that
/// refused are asked again: a standby may be promoted meanwhile. A server that is doubted (`DoubtedServers`) is asked
/// when all others have refused or failed, or when they have had half of the time: it may well answer first.
struct ConnectionRace {
    /// The time of one server.
    private static let patience: Duration = .seconds(3)
    /// The time after which the next server is tried too, and one that refused once more.
    private static let stagger: Duration = .milliseconds(250)

    private let library: PostgreSQLLibrary
    private let target: PostgreSQLTarget
    private let deadline: ContinuousClock.Instant
    private let environment: (String) -> String?
    /// The moment from which on servers that are doubted are asked beside the others.
    private let startOfDoubted: ContinuousClock.Instant

    /// A server at one of its addresses.
    private struct Candidate {
        let place: PostgreSQLTarget.Place
        let isDoubted: Bool
        /// The reason for which it has refused, and the moment from which on it is asked once more.
        var refusal: (error: PostgreSQLError, until: ContinuousClock.Instant)?
    }

    private var waiting: [Candidate] = []
    private var lookups: [(lookup: NameLookup, deadline: ContinuousClock.Instant)] = []
    private var running: [(candidate: Candidate, attempt: ConnectionAttempt)] = []
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
        let now = ContinuousClock.now
        startOfDoubted = now + min(Self.patience, now.duration(to: deadline) / 2)
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
            if running.isEmpty, !isOpen { throw failure() }
            if ContinuousClock.now >= deadline { throw timedOut() }
            if let winner = goOn() {
                let index = target.hosts.firstIndex(of: winner.place.host) ?? 0
                target.findings.firstHost.store(index, ordering: .relaxed)
                return winner
            }
        }
    }

    /// Tells that a server is looked up, waits or is asked that has not refused yet. Two that
    /// have do not keep each other going.
    private var isOpen: Bool {
        !lookups.isEmpty || (waiting + running.map(\.candidate)).contains { $0.refusal == nil }
    }

    /// Tells the same of the servers that are not doubted.
    private var areOthersOpen: Bool {
        !lookups.isEmpty || (waiting + running.map(\.candidate)).contains { $0.refusal == nil && !$0.isDoubted }
    }

    private mutating func wait(for host: PostgreSQLTarget.Host, at address: String? = nil) {
        let place = PostgreSQLTarget.Place(host: host, address: address)
        waiting.append(Candidate(place: place, isDoubted: target.findings.doubted.contains(place)))
    }

    private mutating func enter(_ host: PostgreSQLTarget.Host) {
        if host.isSocket || host.isAddress {
            wait(for: host)
            return
        }
        do throws(PostgreSQLError) {
            let limit = min(deadline, ContinuousClock.now + Self.patience)
            lookups.append((try NameLookup(host, target.findings), limit))
        } catch {
            errors.append(error)
        }
    }

    /// Starts the attempts whose time has come: that with the next server too when nothing else is under way.
    private mutating func startNext() {
        while let index = waiting.firstIndex(where: isDue) {
            let candidate = waiting.remove(at: index)
            let now = ContinuousClock.now
            do throws(PostgreSQLError) {
                let parameters = try target.connectionParameters(
                    candidate.place.host, address: candidate.place.address, environment: environment)
                let attempt = try ConnectionAttempt(
                    library, candidate.place, parameters, deadline: min(deadline, now + Self.patience))
                running.append((candidate, attempt))
                if candidate.refusal == nil { nextStart = now + Self.stagger }
            } catch {
                errors.append(error)
            }
        }
    }

    private func isDue(_ candidate: Candidate) -> Bool { start(of: candidate).map { $0 <= .now } ?? false }

    /// The moment from which on a server is asked; `nil` if it is not asked again.
    private func start(of candidate: Candidate) -> ContinuousClock.Instant? {
        if let refusal = candidate.refusal { return isOpen ? refusal.until : nil }
        let next = running.isEmpty ? ContinuousClock.now : nextStart
        return candidate.isDoubted && areOthersOpen ? max(next, startOfDoubted) : next
    }

    /// Waits for something to happen, and goes on with it.
    ///
    /// - Returns: the attempt that has come through.
    private mutating func goOn() -> ConnectionAttempt? {
        var sockets = running.map { pollfd(fd: $0.attempt.socket, events: Int16($0.attempt.events), revents: 0) }
        sockets += lookups.map { pollfd(fd: $0.lookup.descriptor, events: Int16(POLLIN), revents: 0) }
        var limits = running.map(\.attempt.deadline) + lookups.map(\.deadline) + [deadline]
        limits += waiting.compactMap(start)
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
                for address in addresses { wait(for: entry.lookup.host, at: address) }
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
        var remaining: [(candidate: Candidate, attempt: ConnectionAttempt)] = []
        defer { running = remaining }
        for ((candidate, attempt), isReady) in zip(running, isReady) {
            switch isReady ? attempt.step() : .waiting {
            case .open: return attempt
            case .failed(let error) where error.mayPass:
                var candidate = candidate
                candidate.refusal = (error, now + Self.stagger)
                waiting.append(candidate)
            case .failed(let error): errors.append(error)
            case .waiting where now >= attempt.deadline:
                errors.append(PostgreSQLError(.timedOut, "\(attempt.place.host) does not answer"))
            case .waiting: remaining.append((candidate, attempt))
            }
        }
        return nil
    }

    private func failure() -> PostgreSQLError {
        let errors = errors + waiting.compactMap(\.refusal?.error)
        let messages = errors.map(\.message).joined(separator: "; ")
        // A server that answered tells more than one that did not.
        let telling = errors.first { $0.kind == .library } ?? errors.first { $0.sqlState != nil } ?? errors.first
        return PostgreSQLError(telling?.kind ?? .lost, messages, sqlState: telling?.sqlState)
    }

    private func timedOut() -> PostgreSQLError {
        let refusals = (waiting + running.map(\.candidate)).compactMap(\.refusal?.error)
        let silent =
            running.map(\.candidate).filter { $0.refusal == nil }.map(\.place.host) + lookups.map(\.lookup.host)
        let messages = (errors + refusals).map(\.message) + silent.map { "\($0) does not answer" }
        return PostgreSQLError(.timedOut, messages.joined(separator: "; "))
    }
}

extension PostgreSQLError {
    /// Tells that the server may take the next attempt: it is a standby now, does not run, or starts. A certificate or
    /// a password that is missing stays so.
    fileprivate var mayPass: Bool {
        sqlState == "57P03" || (kind == .lost && Self.passing.contains { message.contains($0) })
    }

    /// The words of libpq about a standby, and about a server that does not take connections.
    private static let passing = ["session is read-only", "server is in hot standby mode", "Is the server running"]
}
