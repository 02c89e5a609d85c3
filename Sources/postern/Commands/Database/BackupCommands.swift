import ArgumentParser
import AuthAPI
import Identity
import JSON
import Storage
import System

/// `postern backup`
struct Backup: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Copy the database to a file, even while it is in use.",
        discussion: """
            The copy contains everything that was acknowledged before it began, and gets its name once it is complete \
            and on disk. Only this user can read it; it holds what the database holds, so keep it as safe. A file of \
            that name is replaced. The time is noted in the database, for the metric \
            postern_last_backup_timestamp_seconds. A PostgreSQL database is backed up by its own tools.

            Example:
              postern backup /var/backups/postern/before-upgrade.sqlite3
            """)

    @Argument(help: "The file to write.", completion: .file())
    var file: String

    @OptionGroup var output: OutputOptions

    func run() throws {
        let environment = ProgramEnvironment.process
        let path = try Settings(environment: environment.variables).database.file(for: "backup")
        if let (place, code) = creationObstacle(file) { throw CommandFailure(.ioError, pathFault(place, code)) }
        let report = try SQLiteStore.backUp(path, to: file)
        do throws(StoreError) {
            try SQLiteStore.noteBackup(of: path, at: environment.clock.now())
        } catch {
            // The copy is good all the same.
            Terminal.note("postern: the time of the backup could not be noted, so an alert may follow: \(error)")
        }
        try output.show([
            "file": .string(file), "accounts": .number(report.accounts), "version": .string(report.version),
        ]) {
            try Terminal.print("Copied \(path) with \(report.accounts) accounts to \(file)")
        }
    }
}

/// `postern restore`
struct Restore: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Replace the database with a backup. Stop the service first.",
        discussion: """
            The backup is checked first, and stays as it is. The command refuses while a process has the database \
            open. The old database stays beside the new one, under a name that ends in .before-restore- and the time.
            """)

    @Argument(help: "The backup.", completion: .file())
    var file: String

    @OptionGroup var output: OutputOptions

    func run() throws {
        let environment = ProgramEnvironment.process
        let path = try Settings(environment: environment.variables).database.file(for: "restore")
        do throws(StoreError) {
            try SQLiteStore.requireBackup(file)
        } catch {
            throw CommandFailure(.noInput, error.description)
        }
        let (kept, report) = try SQLiteStore.restore(file, to: path, at: environment.clock.now()) {
            Terminal.note("postern: \($0)")
        }
        try output.show([
            "database": .string(path), "accounts": .number(report.accounts), "version": .string(report.version),
            "is_current": .bool(report.isCurrent), "kept": .string(orNull: kept),
        ]) {
            try Terminal.print("Restored \(path) with \(report.accounts) accounts from \(file)")
            if let kept { try Terminal.print("  the old database is now \(kept)") }
            if !report.isCurrent { try Terminal.print("Next: it is of an older version; run `postern init`") }
        }
    }
}
