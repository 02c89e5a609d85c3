import ArgumentParser
import Cryptography
import Identity
import JSON
import Storage

extension KeyCommand {
    /// `postern key list`
    struct List: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "List the keys of the file, the one in use first. The keys themselves are never shown.",
            discussion: """
                ROWS is the number of rows of the database that need the key: it can be removed at 0. Where the \
                database cannot be read, it is left out, and a line says why.
                """)

        @OptionGroup var file: KeyFileOption

        @OptionGroup var output: OutputOptions

        func run() throws {
            let keys = try file.read().keys
            let rows = counts()
            try output.list(
                [
                    "KEY": { "\($0.id)" }, "CREATED": { "\($0.creation)" }, "USE": { use(of: $0, in: keys) },
                    "ROWS": { key in rows.map { "\($0[key.id, default: 0])" } ?? "-" },
                ],
                parts: { try $0(keys.keys) },
                json: { key in
                    [
                        "id": .string("\(key.id)"), "created_at": .string("\(key.creation)"),
                        "in_use": .bool(key.id == keys.inUse.id),
                        "rows": rows.map { .number($0[key.id, default: 0]) } ?? .null,
                    ]
                })
        }

        private func use(of key: KeyFile.Key, in keys: KeyFile) -> String {
            key.id == keys.inUse.id ? "in use" : "read only"
        }

        /// The rows of each key; `nil`, and a line for people, where the database cannot be read.
        private func counts() -> [KeyID: Int]? {
            do throws(CommandFailure) {
                return try SealedRowCounts.read()
            } catch {
                for line in error.lines {
                    Terminal.note(JSONString.printable("postern: the rows are not counted: \(line)"))
                }
                return nil
            }
        }
    }

    /// `postern key remove`
    struct Remove: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Remove a key that is not in use and that no row of the database needs any more.",
            discussion: """
                It is refused as long as a row needs the key, and where the database cannot be read. The database \
                remembers it: a responder that has not seen the new file seals nothing by the key any more, and \
                answers 503 in its place. Backups may need the key for as long as they are kept: keep it with the \
                copies of the file.
                """)

        @OptionGroup var key: KeyArgument

        func run() throws {
            try key.change(telling: "Removed the key \(key.id)") { keys throws(CommandFailure) in
                guard keys.inUse.id != key.id else {
                    throw CommandFailure(
                        .dataError, "\(key.id) is in use: put another one into use first, by `postern key use`")
                }
                guard keys.remove(key.id) else { return false }
                try retire()
                return true
            }
        }

        /// Has no row need the key from now on: a responder may still have the old file.
        ///
        /// - Throws: `CommandFailure` where a row needs the key, or nobody can tell.
        private func retire() throws(CommandFailure) {
            let count: Int
            do throws(CommandFailure) {
                count = try SealedRowCounts.retire(key.id)
            } catch {
                throw CommandFailure(
                    error.code, error.lines + ["\(key.id) is not removed, since nobody can tell whether a row needs it"]
                )
            }
            guard count == 0 else {
                throw CommandFailure(
                    .dataError,
                    "\(count.of("row needs", "rows need")) \(key.id): a responder seals them anew within minutes, once "
                        + "it has the file as it is now; with CGI runs alone, `postern prune` does")
            }
        }
    }
}

/// The numbers of rows of the database that name each key.
enum SealedRowCounts {
    /// Counts them in the database that the settings name.
    ///
    /// - Throws: `CommandFailure` with the reason for which nobody can tell.
    static func read() throws(CommandFailure) -> [KeyID: Int] {
        try inStore { store throws(StoreError) in try store.sealedRows() }
    }

    /// Retires a key in that database, unless rows need it.
    ///
    /// - Returns: the number of rows that need it.
    /// - Throws: `CommandFailure` as `read` does.
    static func retire(_ key: KeyID) throws(CommandFailure) -> Int {
        try inStore { store throws(StoreError) in try store.retire(key) }
    }

    private static func inStore<Value>(
        _ body: (any IdentityStore) throws(StoreError) -> Value
    ) throws(CommandFailure) -> Value {
        let environment = ProgramEnvironment.process
        let database = try Settings(environment: environment.variables, isThorough: false).database
        do throws(StoreError) {
            return try body(database.open(workers: 1, isServing: false, number: environment.number) { _ in })
        } catch {
            throw CommandFailure(error)
        }
    }
}
