import ArgumentParser
import AuthAPI
import Cryptography
import Identity
import JSON
import Storage

/// `postern check`
struct Check: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Check the configuration and its environment: what is wrong, how to correct it, and what is set.",
        discussion: """
            The first line is the verdict. It exits with 0 if there are no faults (there may be warnings), otherwise \
            with 78.
            """)

    @Flag(help: "List all settings, and not only those that differ from their defaults.")
    var all = false

    @Flag(
        help: """
            Check the settings alone, as a reload reads them, and print no more than the verdict: neither the database \
            nor the socket.
            """)
    var settings = false

    @Flag(help: "Read the whole database too, and check its integrity.")
    var database = false

    @OptionGroup var output: OutputOptions

    func validate() throws {
        if settings && database { throw ValidationError("Give --settings or --database, not both.") }
    }

    func run() throws {
        let environment = ProgramEnvironment.process
        var source = SettingsSource(environment: environment.variables)
        let read = Settings(&source, requiresKeys: true)
        var report = CheckReport(source, at: environment.clock.now())
        report.examine(read)
        let server = settings ? nil : report.examineSurroundings(read, environment)
        let version = database ? report.examineDatabase(read.database) : nil
        let facts = Facts(read, file: source.file, server: server, database: version)
        try output.show(facts.json(read, report)) { try facts.print(read, report, all: all, isBrief: settings && !all) }
        if !report.faults.isEmpty { throw ExitCode(CommandFailure.Code.config.rawValue) }
    }
}

/// The versions and choices that `postern check` prints beside the settings.
private struct Facts {
    private let passwordHash: String
    private let keys: [String]
    private let file: String?
    private let server: String?
    private let database: String?

    init(_ settings: Settings, file: String?, server: String?, database: String?) {
        passwordHash = settings.passwordScheme.scheme.setting
        keys = settings.keys.ids.map { "\($0)" }
        self.file = file
        self.server = server
        self.database = database
    }

    /// - Parameter isBrief: true for the verdict, faults and warnings alone, as the journal gets them at each reload.
    func print(
        _ settings: Settings, _ report: CheckReport, all: Bool, isBrief: Bool
    ) throws(CommandFailure) {
        try Terminal.print(report.verdict)
        for fault in report.faults { try Terminal.print("fault: \(fault)") }
        for warning in report.warnings { try Terminal.print("warning: \(warning)") }
        if isBrief { return }
        let listed = settings.read.filter { all || $0.text != $0.defaultText }
        let heading =
            switch (all, listed.isEmpty) {
            case (true, _): "Settings:"
            case (false, true): "All settings have their defaults (--all lists them)."
            case (false, false): "Settings that differ from their defaults (--all lists all):"
            }
        try Terminal.print("\n\(heading)")
        for setting in listed {
            try Terminal.print("\(setting.key)=\(setting.text)  (\(setting.origin))")
            try Terminal.print("    \(setting.help)")
        }
        try Terminal.print("")
        try Terminal.print("OpenSSL: \(OpenSSL.version)")
        try Terminal.print("Argon2id: \(Argon2id.engineName.map { "by \($0)" } ?? "not available, \(Argon2id.remedy)")")
        try Terminal.print("SQLite: \(SQLiteStore.sqliteVersion)")
        if let server { try Terminal.print("database server: \(server)") }
        try Terminal.print("password hash: \(passwordHash)")
        try Terminal.print("keys: \(keys.isEmpty ? Self.withoutKeys : keys.joined(separator: ", "))")
        for (key, count) in (report.sealedRows ?? [:]).sorted(by: { $0.key < $1.key }) {
            try Terminal.print("sealed by \(key): \(count.of("row", "rows"))")
        }
        if let assurance = report.assurance {
            try Terminal.print("second factors: \(assurance.policy.rawValue)")
            try Terminal.print("freshness: \(assurance.isFreshnessOn ? "on" : "of factors and email addresses only")")
        }
        try Terminal.print("settings file: \(file ?? "none")")
        if let database { try Terminal.print("database: \(database)") }
    }

    /// The parts that stop without keys, each with 503, while passwords, sessions and API tokens work on.
    private static let withoutKeys =
        "none here, and without them there are no factors by TOTP, no recovery codes and no logins by passkey alone "
        + "(`postern key create`; a shell does not see the file that systemd hands to the service: name it in "
        + "POSTERN_KEY_FILE, as root)"

    /// The number of rows of each key, by its identifier.
    private static func members(_ rows: [KeyID: Int]) -> JSONValue {
        .members(rows.sorted { $0.key < $1.key }.map { ("\($0.key)", .number($0.value)) })
    }

    func json(_ settings: Settings, _ report: CheckReport) -> JSONValue {
        [
            "settings": .array(
                settings.read.map { setting in
                    [
                        "key": .string(setting.key), "value": .string(setting.text),
                        "origin": .string(setting.origin), "summary": .string(setting.help),
                    ]
                }),
            "openssl": .string(OpenSSL.version),
            "argon2id": .string(orNull: Argon2id.engineName),
            "sqlite": .string(SQLiteStore.sqliteVersion),
            "database_server": .string(orNull: server),
            "password_hash": .string(passwordHash),
            "keys": .strings(keys),
            "sealed_rows": report.sealedRows.map(Self.members) ?? .null,
            "second_factor": .string(orNull: report.assurance?.policy.rawValue),
            "freshness": report.assurance.map { .bool($0.isFreshnessOn) } ?? .null,
            "database": .string(orNull: database),
            "warnings": .strings(report.warnings),
            "faults": .strings(report.faults),
        ]
    }
}
