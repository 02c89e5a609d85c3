import ArgumentParser
import AuthAPI
import Cryptography
import FastCGI
import FoundationEssentials
import Identity
import Storage
import Synchronization

/// `postern check`
struct Check: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Check configuration and environment: what is set, what is wrong, and how to mend it.",
        discussion: "It ends with 0 where all is well (there may be warnings), else with 78.")

    @Flag(help: "Read the whole database too, and check that it is sound.")
    var database = false

    @OptionGroup var output: OutputOptions

    func run() throws {
        var source = SettingsSource(environment: ProcessInfo.processInfo.environment)
        let settings = Settings(&source)
        var report = Report(faults: source.faults, warnings: source.warnings)
        if let settings { report.examine(settings) }
        let version = database ? settings.flatMap { report.examineDatabase($0.database) } : nil
        let facts =
            [
                ("OpenSSL", OpenSSL.version),
                ("SQLite", SQLiteStore.sqliteVersion),
                ("password hash", settings?.passwordScheme.setting ?? "-"),
                ("settings file", source.file ?? "none"),
            ] + (version.map { [("database", $0)] } ?? [])
        try output.show(Self.json(source, report, facts)) { try Self.printText(source, report, facts) }
        if !report.faults.isEmpty { throw ExitCode(CommandFailure.Code.config.rawValue) }
    }

    private static func printText(_ source: SettingsSource, _ report: Report, _ facts: [(String, String)]) throws {
        for setting in Setting.allCases {
            try Terminal.print("\(setting.rawValue)=\(source.text(setting))  (\(source.origin(of: setting)))")
            try Terminal.print("    \(setting.summary)")
        }
        try Terminal.print("")
        for (name, value) in facts { try Terminal.print("\(name): \(value)") }
        for warning in report.warnings { try Terminal.print("warning: \(warning)") }
        for fault in report.faults { try Terminal.print("fault: \(fault)") }
        if report.faults.isEmpty { try Terminal.print("No faults.") }
    }

    private static func json(_ source: SettingsSource, _ report: Report, _ facts: [(String, String)]) -> JSONValue {
        [
            "settings": .array(
                Setting.allCases.map { setting in
                    [
                        "key": .string(setting.rawValue), "value": .string(source.text(setting)),
                        "origin": .string(source.origin(of: setting)), "summary": .string(setting.summary),
                    ]
                }),
            "openssl": .string(facts[0].1),
            "sqlite": .string(facts[1].1),
            "password_hash": .string(facts[2].1),
            "database": facts.count > 4 ? .string(facts[4].1) : .null,
            "warnings": .strings(report.warnings),
            "faults": .strings(report.faults),
        ]
    }

    /// What was found.
    struct Report {
        /// What keeps it from working.
        var faults: [String]
        /// What works but should be known.
        var warnings: [String]

        /// Reads the whole database.
        ///
        /// - Returns: what it is, for people; `nil` where it cannot be read.
        mutating func examineDatabase(_ path: String) -> String? {
            do throws(StoreError) {
                let found = try SQLiteStore.examine(path)
                faults += found.faults.map { "the database is damaged: \($0)" }
                return "version \(found.version), \(found.accounts) accounts"
            } catch {
                // What keeps it from being opened is among the faults already.
                if !faults.contains(error.description) { faults.append(error.description) }
                return nil
            }
        }

        /// Looks at the database and at what the settings mean on this host.
        mutating func examine(_ settings: Settings) {
            if settings.insecureCookie {
                warnings.append("\(Setting.insecureCookie.rawValue) is for development only")
            }
            if settings.throttle == nil {
                warnings.append("\(Setting.throttle.rawValue) is off: passwords can be guessed without a limit")
            }
            if settings.sessionIdleTimeout > settings.sessionLifetime {
                warnings.append(
                    "\(Setting.sessionIdleTimeout.rawValue) is longer than \(Setting.sessionLifetime.rawValue), "
                        + "which ends every session before")
            }
            let memory = settings.hashSlots * settings.passwordScheme.memory
            if UInt64(memory) > ProcessInfo.processInfo.physicalMemory / 2 {
                warnings.append(
                    "\(settings.hashSlots) hashes at once need \(memory >> 20) MiB, more than half of this host's memory: "
                        + "lower \(Setting.hashSlots.rawValue) or choose a cheaper \(Setting.passwordHash.rawValue)")
            }
            if let fault = Listener.fault(in: settings.listen) { faults.append(fault.description) }
            let changes = Mutex<[String]>([])
            defer { warnings += changes.withLock { $0 } }
            do throws(StoreError) {
                warnings += try SQLiteStore.warnings(about: settings.database)
                let store = try SQLiteStore(path: settings.database) { change in
                    changes.withLock { $0.append(change) }
                }
                try store.checkReadiness()
                if try !store.isInitialized() {
                    faults.append("the database has no organization yet: run `postern init`")
                }
                if let count = try store.organizations(of: nil, PageRequest(size: 1)).total, count > 1 {
                    warnings.append(
                        "there are \(count) organizations: whatever asks /auth/verify or the authorizer for a role in one must "
                            + "name it (org=, POSTERN_REQUIRED_ORG), or is refused; without a role and without an organization "
                            + "everybody who is logged in is let through")
                }
                try examinePasswords(store)
                try examineTokens(store, at: WallClock.system.now())
                try examineRights(store)
                try examineStoredValues(store)
            } catch {
                faults.append(error.description)
            }
        }

        /// The most rows that are named of a kind.
        private static let mostNamed = 20

        /// Looks for API tokens that are more than they need be, and for organizations that nobody of their own owns.
        private mutating func examineRights(_ store: SQLiteStore) throws(StoreError) {
            let powerful = try store.apiTokens(
                APITokenFilter(powerfulAt: WallClock.system.now()), PageRequest(size: Self.mostNamed, counts: false))
            for (token, email) in powerful.items {
                warnings.append(
                    "the API token \(token.id) (\(token.name)) has all roles of \(email): give it a ceiling with "
                        + "`postern token update \(token.id) --role-ceiling \(Role.appAdmin.rawValue)`, or a lower one")
            }
            if powerful.next != nil {
                warnings.append("there are more such API tokens: see `postern token list`")
            }
            for organization in try store.organizationsWithoutOwner(limit: Self.mostNamed) {
                warnings.append(
                    "the organization \(organization.slug) has no active owner whose home it is: make one with "
                        + "`postern account create --organization \(organization.slug) --role \(Role.appOwner.rawValue)`"
                )
            }
        }

        private mutating func examinePasswords(_ store: SQLiteStore) throws(StoreError) {
            for (example, count) in try store.passwordSchemes(besides: nil) {
                let algorithm = example.split(separator: "$").first ?? ""
                guard let hash = PasswordHash(encoded: example) else {
                    warnings.append(
                        "\(count) accounts have a password hash (\(algorithm)) that is not understood: they can't log in "
                            + "until their passwords are reset")
                    continue
                }
                guard !hash.isAvailable else { continue }
                warnings.append(
                    "\(count) accounts have a password hash (\(algorithm)) that the linked libraries do not have: "
                        + "they can't log in until one that has it is linked (for argon2id OpenSSL 3.2 or newer), or "
                        + "their passwords are reset")
            }
        }

        /// Looks for programs that can't say for whom they act.
        private mutating func examineTokens(_ store: SQLiteStore, at now: Timestamp) throws(StoreError) {
            var position: PageRequest.Position? = .first
            var ids: [String] = []
            while let current = position {
                let found = try store.apiTokens(
                    APITokenFilter(), PageRequest(size: PageRequest.sizes.upperBound, position: current, counts: false))
                ids += found.items.map(\.token).filter { token in
                    token.validUntil.map { $0 > now } ?? true && !token.scopes.grants(.clientAddress)
                        && (token.scopes.grants(.login) || token.scopes.grants(.register))
                }.map { "\($0.id)" }
                position = found.next.map { .after($0) }
            }
            guard !ids.isEmpty else { return }
            let named = ids.prefix(10).joined(separator: ", ") + (ids.count > 10 ? " …" : "")
            warnings.append(
                "\(ids.count) API tokens that log people in or register them lack the scope client-address (\(named)): "
                    + "their programs can't say for whom they act, so failed logins through them are throttled by account "
                    + "alone")
        }
    }
}
