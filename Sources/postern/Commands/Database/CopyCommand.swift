import ArgumentParser
import AuthAPI
import Identity
import JSON
import Storage
import System

/// `postern copy`
struct CopyCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "copy",
        abstract: "Copy everything from a SQLite database into an empty PostgreSQL database.",
        discussion: """
            Stop the service first: the command refuses while a process has the SQLite database open, and keeps \
            it from being changed until it ends. The tables are made where there are none, so the role of the URI \
            must own the database or its schema. A copy that was interrupted goes on where it was when it is run \
            again. At the end both sides are read and compared; until then nothing else opens the target.

            Example:
              postern copy sqlite:/var/lib/postern/postern.sqlite3 postgresql://postern_owner@db/postern
            """)

    @Argument(help: "The SQLite database: a path, or sqlite:PATH.", completion: .file())
    var from: String

    @Argument(help: "The PostgreSQL database, as POSTERN_DATABASE names it.")
    var to: String

    @OptionGroup var output: OutputOptions

    func run() throws {
        let (source, target) = try (location(from, "FROM"), location(to, "TO"))
        guard case .sqlite(let path) = source, case .postgresql(let server) = target else {
            throw ValidationError(
                "A copy goes from a SQLite database to a PostgreSQL database, and not from \(source) to \(target).")
        }
        var shown = CopyProgress()
        let report = try DatabaseCopy.run(
            from: path, to: server, random: ProgramEnvironment.process.number
        ) { shown.note($0) }
        try output.show([
            "from": .string(path), "to": .string("\(target)"), "was_resumed": .bool(report.wasResumed),
            "tables": .array(
                report.tables.map {
                    ["name": .string($0.name), "rows": .number($0.rows), "sha256": .string(Hex.encode($0.digest))]
                }),
        ]) {
            try Terminal.print("Copied \(path) to \(target): both have the same rows")
            for table in report.tables {
                try Terminal.print("  \(table.name): \(table.rows), SHA-256 \(Hex.encode(table.digest).prefix(16))…")
            }
            try Terminal.print(
                "Next: `postern init --schema-only --serve-role ROLE` as the owner, then set "
                    + "\(Settings.database.key) to it as that role, run `postern check`, and start the service")
        }
    }

    private func location(_ text: String, _ name: String) throws -> DatabaseLocation {
        do throws(DatabaseLocation.Fault) {
            return try DatabaseLocation(text)
        } catch {
            throw ValidationError("\(name): \(error)")
        }
    }
}

/// The progress of a copy on standard error: a line for each step of each table, and every five seconds in between.
private struct CopyProgress {
    private static let interval = Duration.seconds(5)
    private var last: (key: String, at: ContinuousClock.Instant)?

    mutating func note(_ progress: DatabaseCopy.Progress) {
        let step = progress.step == .copying ? "copied" : "compared"
        let (key, now) = ("\(step) \(progress.table)", ContinuousClock.now)
        let isDue = last.map { $0.key != key || $0.at.duration(to: now) >= Self.interval } ?? true
        guard isDue || progress.done == progress.rows else { return }
        last = (key, now)
        Terminal.note("\(progress.table): \(progress.done) of \(progress.rows) \(step)")
    }
}
