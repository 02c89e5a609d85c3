import ArgumentParser
import Cryptography
import Identity
import JSON

extension KeyCommand {
    /// `postern key create`
    struct Create: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Make a key file with a first key.",
            discussion: """
                The file has the mode 0400, and never takes the place of another one. Run it as root for a service \
                that gets the file from systemd, else as the user of the service.

                Example:
                  postern key create --file /etc/postern/keys
                """)

        @OptionGroup var file: KeyFileOption

        @OptionGroup var output: OutputOptions

        func run() throws {
            let path = try file.path()
            let key = try KeyCommand.newKey()
            do throws(KeyFileFault) {
                try KeyFile(key).create(at: path)
            } catch {
                if case .busy = error { throw file.failure(error, path) }
                throw CommandFailure(.ioError, error.description)
            }
            try output.show(["file": .string(path), "key": .string("\(key.id)")]) {
                try Terminal.print(
                    """
                    Made \(path) with the key \(key.id)
                    Keep a copy of it, apart from the backups of the database: without it, what was sealed is lost.
                    """)
            }
        }
    }

    /// `postern key add`
    struct Add: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Add a key that is read only, until it is put into use.")

        @OptionGroup var file: KeyFileOption

        @OptionGroup var output: OutputOptions

        func run() throws {
            let path = try file.path()
            let key = try KeyCommand.newKey()
            _ = try file.edit { keys throws(CommandFailure) in
                do throws(KeyFileFault) {
                    try keys.add(key)
                } catch {
                    throw CommandFailure(
                        .dataError,
                        "\(path): a key file has at most \(KeyFile.mostKeys) keys: remove an old one first, by "
                            + "`postern key remove`")
                }
            }
            try output.show(["file": .string(path), "key": .string("\(key.id)")]) {
                try Terminal.print(
                    """
                    Added the key \(key.id), which is read only
                    Next: restart or reload every responder, and then: postern key use \(key.id)
                    """)
            }
        }
    }

    /// `postern key use`
    struct Use: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Put a key into use; the one before it is still read.",
            discussion: """
                Every responder must know the key by then: restart or reload them after `postern key add`. They take \
                the new order when they are restarted or reloaded again, and seal anew what the other keys have \
                sealed. With CGI runs alone, `postern prune` does that.
                """)

        @OptionGroup var key: KeyArgument

        func run() throws {
            let text = """
                The key \(key.id) is in use, once every responder has the file as it is now
                Next: restart or reload them. They seal anew what the other keys have sealed, within minutes; \
                `postern key list` shows how much is left
                """
            try key.change(telling: text) { keys throws(CommandFailure) in keys.use(key.id) }
        }
    }

    /// Draws a key.
    fileprivate static func newKey() throws(CommandFailure) -> KeyFile.Key {
        let environment = ProgramEnvironment.process
        do throws(CryptographyError) {
            return try KeyFile.Key(
                createdAt: environment.clock.now().secondsSince1970, random: environment.random)
        } catch {
            throw CommandFailure(.software, error.description)
        }
    }
}
