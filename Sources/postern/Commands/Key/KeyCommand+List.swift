import ArgumentParser
import Cryptography
import Identity
import JSON

extension KeyCommand {
    /// `postern key list`
    struct List: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "List the keys of the file, the one in use first. The keys themselves are never shown.")

        @OptionGroup var file: KeyFileOption

        @OptionGroup var output: OutputOptions

        func run() throws {
            let keys = try file.read().keys
            try output.list(
                ["KEY": { "\($0.id)" }, "CREATED": { "\($0.creation)" }, "USE": { use(of: $0, in: keys) }],
                parts: { try $0(keys.keys) },
                json: { key in
                    [
                        "id": .string("\(key.id)"), "created_at": .string("\(key.creation)"),
                        "in_use": .bool(key.id == keys.inUse.id),
                    ]
                })
        }

        private func use(of key: KeyFile.Key, in keys: KeyFile) -> String {
            key.id == keys.inUse.id ? "in use" : "read only"
        }
    }

    /// `postern key remove`
    struct Remove: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Remove a key that is not in use and that nothing needs any more.")

        @OptionGroup var key: KeyArgument

        @OptionGroup var file: KeyFileOption

        @OptionGroup var output: OutputOptions

        func run() throws {
            let path = try file.path()
            _ = try file.edit { keys throws(CommandFailure) in
                guard keys.inUse.id != key.id else {
                    throw CommandFailure(
                        .dataError, "\(key.id) is in use: put another one into use first, by `postern key use`")
                }
                guard keys.remove(key.id) else { throw key.missing(in: path) }
            }
            try output.show(["file": .string(path), "key": .string("\(key.id)")]) {
                try Terminal.print("Removed the key \(key.id)")
            }
        }
    }
}
