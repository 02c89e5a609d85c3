import Foundation
import System
import Testing

@testable import Cryptography

/// A folder that goes away with its last user.
private final class Folder: Sendable {
    let path: String

    init() throws {
        path = FileManager.default.temporaryDirectory.appendingPathComponent("postern-\(UUID().uuidString)").path
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }

    var file: String { "\(path)/breached" }
    func bytes() throws -> [UInt8] { Array(try Data(contentsOf: URL(fileURLWithPath: file))) }
    func write(_ bytes: [UInt8]) throws { try Data(bytes).write(to: URL(fileURLWithPath: file)) }
    var names: [String] { (try? FileManager.default.contentsOfDirectory(atPath: path).sorted()) ?? [] }
}

struct BreachedPasswordsTests {
    private let folder: Folder

    init() throws {
        folder = try Folder()
    }

    /// The digests of numbers, in order, spread over all values as those of passwords are.
    private static func digests(_ count: Int) throws -> [[UInt8]] {
        let sha1 = try MessageDigest(.sha1)
        return try (0..<count).map { number in try sha1.of { $0.add(Array("password \(number)".utf8)) } }
            .sorted { $0.lexicographicallyPrecedes($1) }
    }

    private func write(_ digests: [[UInt8]]) throws {
        var writer = try BreachedPasswordsWriter(path: folder.file)
        for digest in digests { try writer.add(digest) }
        #expect(writer.count == digests.count)
        try writer.finish()
    }

    @Test(arguments: [1, 2, 3, 64, 65, 203, 204, 205, 206, 5000])
    func `exactly the passwords of the list are found, whatever its length`(_ count: Int) throws {
        try write(Self.digests(count))
        let list = try BreachedPasswords(path: folder.file)
        try list.checkOrder()
        #expect(list.count == count)
        for number in 0..<count {
            #expect(try list.contains(Secret(Array("password \(number)".utf8))), "\(number)")
        }
        for number in count..<(count + 200) {
            #expect(try !list.contains(Secret(Array("password \(number)".utf8))), "\(number)")
        }
        for edge in [UInt8(0), 255] { #expect(try !list.contains(digest: [UInt8](repeating: edge, count: 20))) }
    }

    @Test func `the digest is SHA-1, as Have I Been Pwned lists it`() throws {
        // https://api.pwnedpasswords.com/range/5BAA6: "password"
        let digest = "5BAA61E4C9B93F3F0682250B6CF8331B7EE68FD8"
        try write([try #require(Self.bytes(digest))])
        let list = try BreachedPasswords(path: folder.file)
        #expect(try list.contains(Secret(Array("password".utf8))))
        #expect(try !list.contains(Secret(Array("Password".utf8))))
        #expect(try !list.contains(Secret([])))
    }

    private static func bytes(_ digits: String) -> [UInt8]? {
        let values = digits.utf8.compactMap(Hex.value)
        return stride(from: 0, to: values.count, by: 2).map { values[$0] << 4 | values[$0 + 1] }
    }

    @Test func `a file that is missing, cut short, longer or another one is told`() throws {
        func fault() -> BreachedPasswords.Fault? {
            #expect(throws: BreachedPasswords.Fault.self) { try BreachedPasswords(path: folder.file) }
        }
        #expect(fault() == .unreadable(reason: "\(folder.file) does not exist"))
        try write(Self.digests(100))
        let whole = try folder.bytes()
        #expect(whole.count == 32 + 2000)
        try folder.write(Array(whole.dropLast()))
        #expect(fault() == .wrongSize(bytes: 2031, expected: 2032))
        try folder.write(Array(whole.prefix(32)))
        #expect(fault() == .wrongSize(bytes: 32, expected: 2032))
        try folder.write(whole + [0])
        #expect(fault() == .wrongSize(bytes: 2033, expected: 2032))
        for other in [[], Array(whole.prefix(31)), Array("5BAA6".utf8) + whole, [UInt8](repeating: 0, count: 52)] {
            try folder.write(other)
            #expect(fault() == .notAList)
        }
        // Another version, another length of records, and numbers of records that overflow or are none.
        for (index, byte) in [(19, 2), (23, 16), (24, 0xFF), (24, 0x7F)] as [(Int, UInt8)] {
            var changed = whole
            changed[index] = byte
            try folder.write(changed)
            #expect(fault() == .notAList, "\(index)")
        }
        try folder.write(Array(whole.prefix(24)) + [UInt8](repeating: 0, count: 8))
        #expect(fault() == .notAList)
        #expect(throws: BreachedPasswords.Fault.notAList) { try BreachedPasswords(path: folder.path) }
        #expect(throws: BreachedPasswords.Fault.notAList) { try BreachedPasswords(path: "/dev/null") }
    }

    @Test func `a list that is not in order is told without reading all of it`() throws {
        try write(Self.digests(3000))
        let whole = try folder.bytes()
        let records = (0..<3000).map { Array(whole[(32 + 20 * $0)..<(52 + 20 * $0)]) }
        for wrong in [Array(records.reversed()), Array(records[1500...] + records[..<1500]), Self.swapped(records)] {
            try folder.write(Array(whole.prefix(32)) + wrong.flatMap(\.self))
            let list = try BreachedPasswords(path: folder.file)
            let fault = #expect(throws: BreachedPasswords.Fault.self) { try list.checkOrder() }
            guard case .unsorted = fault else {
                Issue.record("\(String(describing: fault))")
                return
            }
        }
        // The number of records is the last byte of the header, and the ones before it are those of 3,000.
        var header = Array(whole.prefix(32))
        (header[30], header[31]) = (0, 2)
        try folder.write(header + records[1] + records[1])
        let twice = try BreachedPasswords(path: folder.file)
        #expect(throws: BreachedPasswords.Fault.unsorted(record: 1)) { try twice.checkOrder() }
    }

    /// Each record with its neighbour in its place.
    private static func swapped(_ records: [[UInt8]]) -> [[UInt8]] {
        records.indices.map { records[$0 ^ 1] }
    }

    @Test func `a file that is cut short while it is in use is an error of the look-up`() throws {
        try write(Self.digests(3000))
        let list = try BreachedPasswords(path: folder.file)
        #expect(try !list.contains(Secret([1])))
        let handle = try #require(FileHandle(forUpdatingAtPath: folder.file))
        try handle.truncate(atOffset: 100)
        #expect(throws: BreachedPasswords.Fault.self) { try list.contains(Secret([1])) }
    }

    @Test func `a new list takes the place of the old one, which stays as it was until then`() throws {
        try write(Self.digests(10))
        let old = try BreachedPasswords(path: folder.file)
        do {
            var writer = try BreachedPasswordsWriter(path: folder.file)
            try writer.add([UInt8](repeating: 7, count: 20))
            // It goes away unfinished.
            #expect(folder.names == ["breached", "breached.new"])
        }
        #expect(folder.names == ["breached"])
        #expect(try BreachedPasswords(path: folder.file).count == 10)
        try write(Self.digests(20))
        #expect(try BreachedPasswords(path: folder.file).count == 20)
        #expect(old.count == 10)
        #expect(try old.contains(Secret(Array("password 3".utf8))))
        #expect(folder.names == ["breached"])
    }

    @Test func `digests that are not in order, or none, make no list`() throws {
        var writer = try BreachedPasswordsWriter(path: folder.file)
        try writer.add([UInt8](repeating: 7, count: 20))
        for wrong in [UInt8(7), 6] {
            #expect(throws: BreachedPasswordsWriter.Fault.unsorted) {
                try writer.add([UInt8](repeating: wrong, count: 20))
            }
        }
        var empty = try BreachedPasswordsWriter(path: folder.file + "2")
        #expect(throws: BreachedPasswordsWriter.Fault.empty) { try empty.finish() }
        let fault = #expect(throws: BreachedPasswordsWriter.Fault.self) {
            _ = try BreachedPasswordsWriter(path: "\(folder.path)/none/breached")
        }
        #expect(
            fault
                == .system(reason: "the folder \(folder.path)/none does not exist: make it, or name another path"))
    }
}
