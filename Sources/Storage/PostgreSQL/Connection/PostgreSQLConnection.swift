import CPostgreSQL
import Glibc
import Synchronization
import System

/// A connection to PostgreSQL: owner of libpq's handle. It is sent between threads and used by one at a time, which its
/// owner sees to.
///
/// Every wait has a deadline, and when the time is over the connection is closed: a cancel request would end the wait
/// of a commit for its standby with a warning and *success*.
///
/// ```swift
/// let connection = try PostgreSQLConnection(target, deadline: .now + .seconds(5))
/// let results = try connection.exchange([PostgreSQLStatement("SELECT 1")], deadline: .now + .seconds(5))
/// ```
@safe final class PostgreSQLConnection: @unchecked Sendable {
    /// The state of the server's transaction.
    enum TransactionStatus: CInt {
        /// There is none.
        case idle = 0
        /// A statement runs.
        case active
        /// One is open.
        case open
        /// One is open that takes nothing but its end, since a statement has failed.
        case failed
        /// The connection is lost.
        case unknown
    }

    let target: PostgreSQLTarget
    let library: PostgreSQLLibrary
    /// The server that the connection leads to.
    let place: PostgreSQLTarget.Place
    let notices: ServerNotices
    /// libpq's handle; `nil` once the connection is closed.
    private(set) var handle: OpaquePointer?
    var names = StatementNames()
    var buffer = ParameterBuffer()
    /// Tells that a pooler has not taken the settings: each transaction brings them along.
    private(set) var bringsSettings = false
    /// The timeline of the server when the connection was made; 0 for a standby.
    private(set) var timeline: Int64 = 0
    /// The moment at which the server began to run, in microseconds: by its last start, or its last recovery from the
    /// crash of one of its processes.
    private(set) var serverStart: Int64 = 0
    /// Tells that the last exchange failed by the name of a statement.
    var isNameBroken = false

    /// Connects to the first server that takes it.
    ///
    /// - Parameters:
    ///   - deadline: the moment at which the attempt ends, whatever it waits for. Each server has 3 s at most.
    ///   - environment: gives a variable of the process.
    /// - Throws: `PostgreSQLError`, of which `wasSent` is false.
    init(
        _ target: PostgreSQLTarget, deadline: ContinuousClock.Instant,
        environment: @escaping (String) -> String? = { unsafe getenv($0).map { unsafe String(cString: $0) } }
    ) throws(PostgreSQLError) {
        let library = try PostgreSQLLibrary.load()
        let attempt = try blocking { () throws(PostgreSQLError) in
            try Self.connect(library, target, deadline: deadline, environment)
        }
        self.target = target
        self.library = library
        (place, notices) = (attempt.place, attempt.notices)
        unsafe handle = attempt.take()
        guard let handle = unsafe handle,
            unsafe library.functions.PQsetnonblocking(handle, 1) == 0,
            unsafe library.functions.PQenterPipelineMode(handle) == 1
        else { throw PostgreSQLError(.library, "libpq enters no pipeline") }
        try settle(deadline)
    }

    /// Finds out whether the settings were taken, the timeline, and the server's start.
    private func settle(_ deadline: ContinuousClock.Instant) throws(PostgreSQLError) {
        // A pooler that refuses settings hands out other connections too, before a statement by name shows it.
        if target.findings.refusesOptions.load(ordering: .relaxed) {
            target.findings.refusesNames.store(true, ordering: .relaxed)
        }
        do throws(PostgreSQLError) {
            let row = try exchange([target.questionForSettings], deadline: deadline)[0].row(0)
            for (column, setting) in target.settings.enumerated() where (try? row.text(column)) != setting.value {
                bringsSettings = true
            }
            timeline = (try? row.number(target.settings.count)) ?? 0
            serverStart = (try? row.number(target.settings.count + 1)) ?? 0
        } catch {
            throw PostgreSQLError(error.kind, error.message, sqlState: error.sqlState)
        }
    }

    deinit { close() }

    /// Connects, and once more without settings if a pooler refuses them.
    private static func connect(
        _ library: PostgreSQLLibrary, _ target: PostgreSQLTarget, deadline: ContinuousClock.Instant,
        _ environment: @escaping (String) -> String?
    ) throws(PostgreSQLError) -> ConnectionAttempt {
        // Another connection may find it out meanwhile.
        let sendsOptions = !target.findings.refusesOptions.load(ordering: .relaxed)
        do throws(PostgreSQLError) {
            var race = ConnectionRace(library, target, deadline: deadline, environment: environment)
            return try race.run()
        } catch {
            // pgbouncer: "unsupported startup parameter: options".
            guard error.sqlState == "08P01", sendsOptions else { throw error }
            target.findings.refusesOptions.store(true, ordering: .relaxed)
            var race = ConnectionRace(library, target, deadline: deadline, environment: environment)
            return try race.run()
        }
    }

    /// Tells whether the connection can be used, as far as is known.
    var isOpen: Bool { unsafe handle != nil }

    /// Closes the connection, whatever it is in the middle of. The server undoes an open transaction.
    func close() {
        guard let handle = unsafe handle else { return }
        unsafe self.handle = nil
        // So that nothing that waits in a buffer reaches the server after all. A connection that is idle says farewell.
        let isIdle = unsafe library.functions.PQtransactionStatus(handle) == TransactionStatus.idle.rawValue
        if !isIdle { _ = unsafe shutdown(library.functions.PQsocket(handle), CInt(SHUT_RDWR)) }
        unsafe library.functions.PQfinish(handle)
    }

    /// The server's version, as 150018 for 15.18.
    var serverVersion: Int { unsafe handle.map { unsafe Int(library.functions.PQserverVersion($0)) } ?? 0 }

    /// Tells whether the connection is encrypted.
    var isEncrypted: Bool { unsafe handle.map { unsafe library.functions.PQsslInUse($0) == 1 } ?? false }

    /// The state of the server's transaction, as its last answer told it.
    var inTransaction: TransactionStatus {
        guard let handle = unsafe handle else { return .unknown }
        return unsafe TransactionStatus(rawValue: library.functions.PQtransactionStatus(handle)) ?? .unknown
    }

    /// A setting that the server reports by itself, such as `server_encoding` or `in_hot_standby`.
    func reported(_ name: String) -> String? {
        guard let handle = unsafe handle else { return nil }
        return unsafe library.functions.PQparameterStatus(handle, name).map { unsafe String(cString: $0) }
    }
}
