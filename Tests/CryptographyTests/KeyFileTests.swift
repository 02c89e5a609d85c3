import Foundation
import Glibc
import System
import TestSupport
import Testing

@testable import Cryptography

struct KeyFileTests {
    private static let first = "key_6c8a1f3b2d4e5f7a 1770561885 AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8"
    private static let second = "key_0000000000000001 0 __________________________________________8"

    private func parse(_ text: String) throws -> KeyFile { try KeyFile(text: Array(text.utf8)) }

    private func key(_ moment: Int64 = 1) throws -> KeyFile.Key {
        try KeyFile.Key(createdAt: moment, random: OpenSSLRandomSource())
    }

    @Test func `a file is read as it stands`() throws {
        let file = try parse("postern-keys 1\n\(Self.first)\n\(Self.second)\n")
        #expect(file.keys.map { "\($0.id)" } == ["key_6c8a1f3b2d4e5f7a", "key_0000000000000001"])
        #expect(file.keys.map(\.createdAt) == [1_770_561_885, 0])
        #expect(file.keys[0].secret.isEqual(to: Secret(Array(0..<32))))
        #expect(file.keys[1].secret.isEqual(to: Secret([UInt8](repeating: 255, count: 32))))
        let text = file.withText { String(decoding: $0, as: UTF8.self) }
        #expect(text == "postern-keys 1\n\(Self.first)\n\(Self.second)\n")
    }

    @Test(arguments: [
        ("", 1), ("\n", 1), ("postern-keys 2\n\(first)\n", 1), ("postern-keys 1\r\n\(first)\r\n", 1),
        ("\u{FEFF}postern-keys 1\n\(first)\n", 1), ("\(first)\n", 1), ("postern-keys 1", 1),
        ("postern-keys 1\n\(first)", 2), ("postern-keys 1\n\(first)\n\(second.dropLast(3))", 3),
        ("postern-keys 1\n\n\(first)\n", 2), ("postern-keys 1\n# a comment\n\(first)\n", 2),
        ("postern-keys 1\n\(first) \n", 2), ("postern-keys 1\n \(first)\n", 2),
        ("postern-keys 1\n\(first.replacing(" ", with: "  "))\n", 2),
        ("postern-keys 1\n\(first.replacing(" ", with: "\t"))\n", 2),
        ("postern-keys 1\n\(first)\r\n", 2), ("postern-keys 1\n\(first)=\n", 2),
        ("postern-keys 1\n\(first.replacing("key_", with: "KEY_"))\n", 2),
        ("postern-keys 1\n\(first.replacing("6c8a", with: "6C8A"))\n", 2),
        ("postern-keys 1\n\(first.replacing("6c8a", with: "6c8"))\n", 2),
        ("postern-keys 1\n\(first.replacing("6c8a", with: "6c8aa"))\n", 2),
        ("postern-keys 1\n\(first.replacing("1770561885", with: "-1"))\n", 2),
        ("postern-keys 1\n\(first.replacing("1770561885", with: "01"))\n", 2),
        ("postern-keys 1\n\(first.replacing("1770561885", with: ""))\n", 2),
        ("postern-keys 1\n\(first.replacing("1770561885", with: "253402300800"))\n", 2),
        ("postern-keys 1\n\(first.replacing("1770561885", with: "9999999999999999999"))\n", 2),
        ("postern-keys 1\n\(first.dropLast())\n", 2), ("postern-keys 1\n\(first)A\n", 2),
        // Bits behind the last byte, and the digits of the other alphabet.
        ("postern-keys 1\n\(first.dropLast())9\n", 2),
        ("postern-keys 1\n\(first.replacing("AAEC", with: "+/EC"))\n", 2),
        ("postern-keys 1\n\(first)\n\(first)\n", 3),
        ("postern-keys 1\n\(first)\n\(first.replacing("6c8a", with: "6c8b"))\n", 3),
        ("postern-keys 1\n\(first)\n\(second.replacing("0000000000000001", with: "6c8a1f3b2d4e5f7a"))\n", 3),
    ])
    func `a line that is not understood is refused by its number`(text: String, line: Int) {
        #expect {
            _ = try parse(text)
        } throws: { error in
            guard case .line(let number, let reason)? = error as? KeyFileFault else { return false }
            // Nothing of the file is shown, for it may be a key.
            return number == line && !reason.contains("AAEC")
        }
    }

    @Test func `a file without a key, and one with too many, is refused`() throws {
        #expect(throws: KeyFileFault.noKey) { try parse("postern-keys 1\n") }
        var file = KeyFile(try key())
        while file.keys.count < KeyFile.mostKeys { try file.add(key(KeyFile.Key.lastMoment)) }
        let full = file
        #expect(throws: KeyFileFault.tooManyKeys) {
            var file = full
            try file.add(try key())
        }
        let text = file.withText { $0.map(\.self) }
        #expect(text.count <= KeyFile.maximumLength)
        #expect(try KeyFile(text: text).keys.map(\.id) == file.keys.map(\.id))
        #expect(throws: KeyFileFault.tooManyKeys) { try KeyFile(text: text + Array("\(Self.first)\n".utf8)) }
        let long = "postern-keys 1\n" + String(repeating: "x", count: 1 << 20)
        #expect(throws: KeyFileFault.tooManyKeys) { try parse(long) }
    }

    @Test func `a key is added read only, put into use, and removed once another one is in use`() throws {
        let (old, new) = (try key(), try key())
        var file = KeyFile(old)
        try file.add(new)
        #expect(file.inUse.id == old.id)
        var isDone = file.remove(old.id)
        #expect(!isDone, "it is in use")
        isDone = file.use(new.id)
        #expect(isDone && file.keys.map(\.id) == [new.id, old.id])
        isDone = file.use(KeyID(rawValue: 1)) || file.remove(KeyID(rawValue: 1))
        #expect(!isDone)
        isDone = file.remove(old.id)
        #expect(isDone && file.keys.map(\.id) == [new.id])
    }

    @Test func `no description shows a key`() throws {
        let key = try key()
        let file = KeyFile(key)
        var dumped = ""
        dump(file, to: &dumped)
        for text in ["\(file)", "\(key)", String(reflecting: Keyring(file)), dumped] {
            #expect(text.contains("<secret>") && !text.contains("[" + "\(key.secret.withSpan { $0[0] }), "))
        }
    }
}

/// Key files on disk.
struct KeyFileDiskTests: ~Copyable {
    private let folder: String
    private var path: String { "\(folder)/keys" }

    init() throws {
        folder = FileManager.default.temporaryDirectory.path + "/keys-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: false)
    }

    deinit { try? FileManager.default.removeItem(atPath: folder) }

    private func key() throws -> KeyFile.Key { try KeyFile.Key(createdAt: 1, random: OpenSSLRandomSource()) }

    private func create() throws -> KeyFile {
        let file = KeyFile(try key())
        try file.create(at: path)
        return file
    }

    private func mode(_ path: String) -> mode_t {
        var information = stat()
        return unsafe stat(path, &information) == 0 ? information.st_mode & 0o7777 : 0o10000
    }

    private func fault(_ path: String, credentials: String? = nil) -> String? {
        do throws(KeyFileFault) {
            _ = try KeyFile.read(path, credentials: credentials)
            return nil
        } catch {
            return error.description
        }
    }

    @Test func `a new file is for its owner alone, and never takes the place of another one`() throws {
        let file = try create()
        #expect(mode(path) == 0o400)
        #expect(try KeyFile.read(path).keys.map(\.id) == file.keys.map(\.id))
        let before = try Data(contentsOf: URL(fileURLWithPath: path))
        #expect(throws: KeyFileFault.exists(path)) { try KeyFile(try key()).create(at: path) }
        #expect(try Data(contentsOf: URL(fileURLWithPath: path)) == before)
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder) == ["keys"])
    }

    @Test(arguments: [0o440, 0o444, 0o600, 0o640, 0o604, 0o660, 0o500, 0o1400, 0o2400, 0o4400] as [mode_t])
    func `a file that others may read or change is refused`(mode: mode_t) throws {
        _ = try create()
        #expect(unsafe chmod(path, mode) == 0)
        guard mode != 0o600 else { return #expect(fault(path) == nil) }
        #expect(fault(path)?.contains("has the mode 0\(String(mode, radix: 8))") == true)
        // systemd sees to those that are in its folder.
        #expect(fault(path, credentials: folder) == nil)
        for other in ["\(folder)/", "/", "", ".", "\(folder)/keys", String(folder.dropLast()), "\(folder)/.."] {
            #expect(fault(path, credentials: other) != nil, "\(other)")
        }
        #expect(fault("\(folder)/../\(folder.split(separator: "/").last ?? "")/keys", credentials: folder) != nil)
    }

    @Test(.enabled(if: geteuid() == 0, "only root gives files away"))
    func `the owner, group and mode stay, and root reads the file of any user`() throws {
        var file = try create()
        #expect(unsafe chown(path, 1234, 2345) == 0)
        #expect(unsafe chmod(path, 0o600) == 0)
        try file.add(key())
        try KeyFileEditor(path: path).replace(with: file)
        var information = stat()
        #expect(unsafe stat(path, &information) == 0)
        #expect(information.st_uid == 1234 && information.st_gid == 2345 && information.st_mode & 0o7777 == 0o600)
        #expect(try KeyFile.read(path).keys.count == 2)
    }

    @Test func `what is not a plain file is refused, and nothing waits for it`() throws {
        _ = try create()
        let (link, pipe) = ("\(folder)/link", "\(folder)/pipe")
        try FileManager.default.createSymbolicLink(atPath: link, withDestinationPath: path)
        #expect(unsafe mkfifo(pipe, 0o400) == 0)
        #expect(fault(link)?.contains("symbolic link") == true)
        #expect(fault(link, credentials: folder)?.contains("symbolic link") == true)
        #expect(fault(pipe)?.contains("not a plain file") == true)
        #expect(fault(folder)?.contains("not a plain file") == true)
        #expect(fault("\(folder)/none")?.contains("does not exist") == true)
        #expect(throws: KeyFileFault.self) { try KeyFileEditor(path: link).replace(with: KeyFile(try key())) }
        #expect(try FileManager.default.destinationOfSymbolicLink(atPath: link) == path)
    }

    @Test func `one process at a time changes a file, and what an interrupted one left is no obstacle`() throws {
        var file = try create()
        try file.add(key())
        do {
            let editor = try KeyFileEditor(path: path)
            #expect(throws: KeyFileFault.busy(path)) { _ = try KeyFileEditor(path: path) }
            try Data("half of a fi".utf8).write(to: URL(fileURLWithPath: "\(path).new"))
            try editor.replace(with: file)
        }
        #expect(try KeyFileEditor(path: path).read().keys.count == 2)
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder) == ["keys"])
    }

    @Test func `of many that change a file at once none loses the change of another`() throws {
        // Whoever opens the file just before it is replaced locks one that nobody reads any more.
        for _ in 0..<20 {
            _ = try create()
            let path = path
            concurrently(KeyFile.mostKeys - 1) { _ in
                let key = try KeyFile.Key(createdAt: 1, random: OpenSSLRandomSource())
                try untilFree {
                    let editor = try KeyFileEditor(path: path)
                    var keys = try editor.read()
                    try keys.add(key)
                    try editor.replace(with: keys)
                }
            }
            #expect(try KeyFile.read(path).keys.count == KeyFile.mostKeys)
            try FileManager.default.removeItem(atPath: path)
        }
    }

    private func untilFree(_ work: () throws -> Void) throws {
        let end = ContinuousClock.now + .seconds(60)
        while true {
            do { return try work() } catch KeyFileFault.busy(_) where ContinuousClock.now < end { usleep(100) }
        }
    }

    @Test func `the lock is that of the file: others in its folder can be changed and made meanwhile`() throws {
        _ = try create()
        let other = "\(folder)/other"
        let editor = try KeyFileEditor(path: path)
        try KeyFile(try key()).create(at: other)
        var keys = try KeyFileEditor(path: other).read()
        try keys.add(key())
        try KeyFileEditor(path: other).replace(with: keys)
        #expect(throws: KeyFileFault.exists(path)) { try KeyFile(try key()).create(at: path) }
        try editor.replace(with: keys)
        #expect(try KeyFile.read(path).keys.map(\.id) == keys.keys.map(\.id))
    }

    @Test(arguments: [false, true])
    func `a file that cannot be written is told from one that cannot be read, and stays`(isThere: Bool) throws {
        let before = isThere ? try create() : nil
        // Something that no `unlink` takes away stands where the new file is written.
        try FileManager.default.createDirectory(atPath: "\(path).new", withIntermediateDirectories: false)
        let (path, keys) = (path, KeyFile(try key()))
        #expect {
            if isThere { try KeyFileEditor(path: path).replace(with: keys) } else { try keys.create(at: path) }
        } throws: { error in
            guard case .notWritten(let reason)? = error as? KeyFileFault else { return false }
            return reason.contains("\(path).new")
        }
        #expect(try before?.keys.map(\.id) == (isThere ? KeyFile.read(path).keys.map(\.id) : nil))
    }

    @Test func `a file longer than any key file is refused by its length`() throws {
        let long = "postern-keys 1\n" + String(repeating: "x", count: 1 << 20)
        try Data(long.utf8).write(to: URL(fileURLWithPath: path))
        #expect(unsafe chmod(path, 0o400) == 0)
        #expect(throws: KeyFileFault.tooManyKeys) { try KeyFile.read(path) }
    }
}
