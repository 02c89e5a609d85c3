import ArgumentParser
import AuthAPI
import Cryptography
import Identity
import JSON
import Storage

/// `postern check`
struct Check: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Check the configuration and its environment: what is set, what is wrong, and how to correct it.",
        discussion: "It exits with 0 if there are no faults (there may be warnings), otherwise with 78.")

    @Flag(help: "Read the whole database too, and check its integrity.")
    var database = false

    @OptionGroup var output: OutputOptions

    func run() throws {
        let environment = ProgramEnvironment.process
        var source = SettingsSource(environment: environment.variables)
        let settings = Settings(&source)
        var report = CheckReport(source, at: environment.clock.now())
        report.examine(settings)
        let version = database ? report.examineDatabase(settings.database) : nil
        let facts = Facts(settings, file: source.file, database: version)
        try output.show(facts.json(settings, report)) { try facts.print(settings, report) }
        if !report.faults.isEmpty { throw ExitCode(CommandFailure.Code.config.rawValue) }
    }
}

/// The versions and choices that `postern check` prints beside the settings.
private struct Facts {
    private let passwordHash: String
    private let file: String?
    private let database: String?

    init(_ settings: Settings, file: String?, database: String?) {
        passwordHash = settings.passwordScheme.scheme.setting
        self.file = file
        self.database = database
    }

    func print(_ settings: Settings, _ report: CheckReport) throws(CommandFailure) {
        for setting in settings.read {
            try Terminal.print("\(setting.key)=\(setting.text)  (\(setting.origin))")
            try Terminal.print("    \(setting.help)")
        }
        try Terminal.print("")
        try Terminal.print("OpenSSL: \(OpenSSL.version)")
        try Terminal.print("Argon2id: \(Argon2id.engineName.map { "by \($0)" } ?? "not available, \(Argon2id.remedy)")")
        try Terminal.print("SQLite: \(SQLiteStore.sqliteVersion)")
        try Terminal.print("password hash: \(passwordHash)")
        try Terminal.print("settings file: \(file ?? "none")")
        if let database { try Terminal.print("database: \(database)") }
        for warning in report.warnings { try Terminal.print("warning: \(warning)") }
        for fault in report.faults { try Terminal.print("fault: \(fault)") }
        if report.faults.isEmpty { try Terminal.print("No faults.") }
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
            "password_hash": .string(passwordHash),
            "database": .string(orNull: database),
            "warnings": .strings(report.warnings),
            "faults": .strings(report.faults),
        ]
    }
}
