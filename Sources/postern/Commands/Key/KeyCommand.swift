import ArgumentParser
import Cryptography
import Identity
import JSON

/// `postern key`
struct KeyCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "key", abstract: "Make the installation's keys, and rotate them.",
        discussion: """
            The first key of the file is in use; the others are still read. To rotate: add a key, restart or reload \
            every responder, use the new key, restart or reload again, and remove the old one once no row of the \
            database needs it, as `postern key list` shows. \
            A service that gets the file from systemd gets it at its start alone, so restart it: requests wait \
            meanwhile.

            The file is replaced as a whole, with owner, group and mode as they were. Keep a copy of it, apart from \
            the backups of the database: what was sealed is lost without it.
            """,
        subcommands: [Create.self, List.self, Add.self, Use.self, Remove.self])
}

/// The key file that a command reads or changes.
struct KeyFileOption: ParsableArguments {
    @Option(help: "The key file. Default: the one that \(Settings.keyFile.key) names.")
    var file: String?

    /// The path of the file.
    ///
    /// - Throws: `CommandFailure.Code.config` where none is named, and where it is not an absolute path; the latter is
    ///   `.noInput` of the option.
    func path() throws(CommandFailure) -> String {
        let path = if let file { file } else { try Settings(environment: ProgramEnvironment.process.variables).keyFile }
        guard !path.isEmpty else {
            throw CommandFailure(
                .config,
                "no key file is named: give --file, or set \(Settings.keyFile.key); \(ManualPage.keys.hint)")
        }
        if let fault = KeyPath.fault(of: path) {
            throw file == nil
                ? CommandFailure(.config, "\(Settings.keyFile.key): \(fault)")
                : CommandFailure(.noInput, "--file: \(fault)")
        }
        return path
    }

    /// Reads the file.
    func read() throws(CommandFailure) -> (path: String, keys: KeyFile) {
        let path = try path()
        let credentials = ProgramEnvironment.process.variables["CREDENTIALS_DIRECTORY"]
        do throws(KeyFileFault) {
            return (path, try KeyFile.read(path, credentials: credentials))
        } catch {
            throw failure(error, path)
        }
    }

    /// Changes the file, while no other command does.
    ///
    /// - Parameter change: changes the keys, or throws, which leaves the file as it is.
    /// - Returns: the path, and the keys as they are now.
    func edit<Failure: Error>(_ change: (inout KeyFile) throws(Failure) -> Void) throws -> (path: String, keys: KeyFile)
    {
        let path = try path()
        do {
            let editor = try KeyFileEditor(path: path)
            var keys = try editor.read()
            try change(&keys)
            try editor.replace(with: keys)
            return (path, keys)
        } catch let error as KeyFileFault {
            throw failure(error, path)
        }
    }

    /// The failure that a fault of the file stands for.
    func failure(_ fault: KeyFileFault, _ path: String) -> CommandFailure {
        switch fault {
        case .system(let reason, _), .unsafe(let reason): CommandFailure(file == nil ? .config : .noInput, reason)
        case .notWritten, .exists: CommandFailure(.ioError, fault.description)
        case .busy: CommandFailure(.temporary, fault.description)
        case .noKey, .tooManyKeys, .line: CommandFailure(file == nil ? .config : .noInput, "\(path): \(fault)")
        }
    }
}

/// The key that a command acts on, and its file.
struct KeyArgument: ParsableArguments {
    @Argument(help: "The key's identifier (key_…), as `postern key list` shows it.")
    var id: KeyID

    @OptionGroup var file: KeyFileOption

    @OptionGroup var output: OutputOptions

    /// Changes the file, and says so.
    ///
    /// - Parameters:
    ///   - text: the change, for people.
    ///   - change: changes the keys, or throws, which leaves the file as it is; `false` if the file has no such key.
    func change(telling text: String, _ change: (inout KeyFile) throws(CommandFailure) -> Bool) throws {
        let path = try file.path()
        _ = try file.edit { keys throws(CommandFailure) in
            guard try change(&keys) else { throw CommandFailure(.noUser, "\(path) has no key \(id)") }
        }
        try output.show(["file": .string(path), "key": .string("\(id)")]) { try Terminal.print(text) }
    }
}

extension KeyFile.Key {
    /// The moment of its making.
    var creation: Timestamp { Timestamp(secondsSince1970: createdAt) }
}
