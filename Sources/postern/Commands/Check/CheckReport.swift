import Cryptography
import FastCGI
import FoundationEssentials
import Identity
import Storage
import Synchronization

/// The findings of `postern check`.
struct CheckReport {
    /// Faults: each keeps the program from working.
    private(set) var faults: [String]
    /// Warnings: the program works, but an operator should know.
    private(set) var warnings: [String]
    /// The number of rows that each key has sealed; `nil` if the store was not looked at.
    private(set) var sealedRows: [KeyID: Int]?
    /// The policy and the freshness that hold; `nil` if neither the settings nor the database tell.
    var assurance: Assurance?
    let now: Timestamp
    /// Tells that the settings say where the database is: without that, none is looked at.
    private let knowsDatabase: Bool

    /// A report that begins with the findings of the settings.
    init(_ source: SettingsSource, at now: Timestamp) {
        faults = source.faults
        warnings = source.warnings
        knowsDatabase = !source.refusesDatabase
        self.now = now
    }

    /// The verdict, as one line.
    var verdict: String {
        let warned = warnings.isEmpty ? "" : ", \(warnings.count.of("warning", "warnings"))"
        return faults.isEmpty ? "OK: no faults\(warned)" : "\(faults.count.of("fault", "faults"))\(warned):"
    }

    /// Checks the effect of the settings on this host.
    mutating func examine(_ settings: Settings) {
        if settings.insecureCookie { warn("\(Settings.insecureCookie.key) is for development only") }
        if settings.throttle == nil {
            warn("\(Settings.throttle.key) is off: passwords can be guessed without a limit")
        }
        if settings.sessionIdleTimeout > settings.sessionLifetime {
            warn(
                "\(Settings.sessionIdleTimeout.key) is longer than \(Settings.sessionLifetime.key), which ends every "
                    + "session before")
        }
        let memory = settings.hashSlots * settings.passwordScheme.scheme.memory
        if UInt64(memory) > ProcessInfo.processInfo.physicalMemory / 2 {
            warn(
                "\(settings.hashSlots) hashes at once need \(memory >> 20) MiB, more than half of this host's memory: "
                    + "lower \(Settings.hashSlots.key) or choose a cheaper \(Settings.passwordHash.key)")
        }
        if DomainNames.system == nil {
            warn("libidn2 is missing: email addresses with a domain beyond ASCII are refused")
        }
    }

    /// Checks the socket and the database.
    ///
    /// - Returns: the server of the database, for people; `nil` if it is a file, or does not answer.
    mutating func examineSurroundings(_ settings: Settings, _ environment: ProgramEnvironment) -> String? {
        if let fault = Listener.fault(in: settings.listen) { faults.append(fault.description) }
        guard knowsDatabase else { return nil }
        guard case .postgresql(let target) = settings.database else {
            examineStore(settings, environment)
            return nil
        }
        let known = faults.count
        let server = examineServer(target, environment)
        // A fault of the server is the reason of all others.
        if faults.count == known { examineStore(settings, environment) }
        return server
    }

    private mutating func examineStore(_ settings: Settings, _ environment: ProgramEnvironment) {
        let changes = Mutex<[String]>([])
        defer { warnings += changes.withLock { $0 } }
        do throws(StoreError) {
            warnings += try settings.database.warnings()
            let store = try settings.database.open(
                workers: settings.workers, isServing: false, number: environment.number
            ) { change in changes.withLock { $0.append(change) } }
            try store.checkReadiness()
            if try !store.isInitialized() { faults.append("the database has no organization yet: run `postern init`") }
            try examine(store, keys: settings.passwordKeys, at: now)
            let rows = try store.sealedRows()
            examineSealedRows(rows, settings.keys)
            try examineKeyInUse(store, settings.keys)
            sealedRows = rows
            try examineAssurance(store, settings)
        } catch {
            faults.append(error.description)
        }
    }

    /// Reads the whole database and checks its integrity.
    ///
    /// - Returns: its version and size, for people; `nil` if it cannot be read.
    mutating func examineDatabase(_ location: DatabaseLocation) -> String? {
        guard knowsDatabase else { return nil }
        guard case .sqlite(let path) = location else {
            warn("the integrity of a PostgreSQL database is checked by its own tools: pg_amcheck")
            return nil
        }
        do throws(StoreError) {
            let found = try SQLiteStore.examine(path)
            faults += found.faults.map { "the database is damaged: \($0)" }
            return "version \(found.version), \(found.accounts) accounts"
        } catch {
            // A fault that keeps it from being opened has been noted already.
            if !faults.contains(error.description) { faults.append(error.description) }
            return nil
        }
    }

    mutating func warn(_ warning: String) { warnings.append(warning) }

    mutating func note(_ fault: String) { faults.append(fault) }
}
