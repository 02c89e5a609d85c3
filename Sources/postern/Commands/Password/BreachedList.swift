import Cryptography
import Glibc
import System

/// A downloaded list of breached passwords on its way into a file, line by line.
///
/// ```swift
/// var list = try BreachedList(into: "/var/lib/postern/breached", minimumCount: 1)
/// try list.addFile("pwnedpasswords.txt")
/// let count = try list.finish()
/// ```
struct BreachedList: ~Copyable {
    /// The hexadecimal digits of a digest, and of those the ones that name a range.
    private static let digestDigits = 40
    private static let rangeDigits = 5
    /// The number of ranges.
    private static let ranges = 1 << (4 * rangeDigits)
    /// The longest line in bytes: a digest, a colon, and a number.
    private static let lineLimit = 80
    /// The number of ranges, and of digests, after which progress is reported.
    private static let rangesPerReport = 1 << 16
    private static let digestsPerReport = 50_000_000

    private let minimumCount: Int
    private var writer: BreachedPasswordsWriter

    /// - Throws: `CommandFailure.Code.ioError`.
    init(into target: String, minimumCount: Int) throws(CommandFailure) {
        self.minimumCount = minimumCount
        writer = try Self.writer(of: target)
    }

    private static func writer(of target: String) throws(CommandFailure) -> BreachedPasswordsWriter {
        do throws(BreachedPasswordsWriter.Fault) {
            return try BreachedPasswordsWriter(path: target)
        } catch {
            throw failure(error, at: target)
        }
    }

    /// True for a folder.
    ///
    /// - Throws: `CommandFailure.Code.noInput` if there is nothing of that name.
    static func isFolder(_ path: String) throws(CommandFailure) -> Bool {
        guard path != "-" else { return false }
        var information = stat()
        do throws(SystemError) {
            _ = try valueOrErrno("stat") { unsafe stat(path, &information) }
        } catch {
            throw CommandFailure(.noInput, pathFault(path, error.code))
        }
        return information.st_mode & S_IFMT == S_IFDIR
    }

    /// Adds the ranges of a folder in their order: `00000.txt` to `FFFFF.txt`, or the same names without `.txt`.
    ///
    /// - Parameter areAllNeeded: whether a missing one is a fault.
    mutating func addRanges(in folder: String, areAllNeeded: Bool) throws(CommandFailure) {
        var missing: [String] = []
        for number in 0..<Self.ranges {
            let name = Self.rangeName(number)
            let names = ["\(folder)/\(name).txt", "\(folder)/\(name)"]
            guard let path = names.first(where: { unsafe access($0, F_OK) == 0 }) else {
                missing.append(name)
                continue
            }
            // Nothing is read in vain for a list that is not complete.
            if missing.isEmpty || !areAllNeeded { try addLines(of: path, prefix: Array(name.utf8)) }
            if (number + 1).isMultiple(of: Self.rangesPerReport) {
                Terminal.note("\((number + 1) / Self.rangesPerReport)/16 of the ranges read")
            }
        }
        guard let first = missing.first, areAllNeeded else { return }
        throw CommandFailure(
            .dataError,
            "\(folder) lacks \(missing.count) of \(Self.ranges) ranges, the first of them \(first).txt: download them, "
                + "or give --partial")
    }

    /// Adds a file with whole digests.
    mutating func addFile(_ path: String) throws(CommandFailure) {
        try addLines(of: path, prefix: [])
    }

    /// Puts the file in its place.
    ///
    /// - Returns: the number of digests in it.
    mutating func finish() throws(CommandFailure) -> Int {
        do throws(BreachedPasswordsWriter.Fault) {
            try writer.finish()
        } catch {
            throw Self.failure(error, at: "the list")
        }
        return writer.count
    }

    private static func rangeName(_ number: Int) -> String {
        let digits = String(number, radix: 16, uppercase: true)
        return String(repeating: "0", count: rangeDigits - digits.utf8.count) + digits
    }

    private mutating func addLines(of path: String, prefix: [UInt8]) throws(CommandFailure) {
        let name = path == "-" ? "standard input" : path
        var reader = try LineReader(path: path, limit: Self.lineLimit)
        var number = 0
        while let line = try reader.next() {
            number += 1
            guard case .text(let text) = line, let (digest, count) = Self.read(prefix, text) else {
                if case .text(let text) = line, text.isEmpty || text == [UInt8(ascii: "\r")] { continue }
                throw CommandFailure(
                    .dataError,
                    "\(name), line \(number): expected \(Self.digestDigits - prefix.count) hexadecimal digits of a "
                        + "SHA-1, a colon and a number")
            }
            // The ranges of the API are filled up with digests that were never seen.
            guard count >= minimumCount else { continue }
            do throws(BreachedPasswordsWriter.Fault) {
                try writer.add(digest)
            } catch {
                throw Self.failure(error, at: "\(name), line \(number)")
            }
            if prefix.isEmpty && writer.count.isMultiple(of: Self.digestsPerReport) {
                Terminal.note("\(writer.count) digests read")
            }
        }
    }

    /// Reads a line behind the digits of its range; `nil` if it is malformed.
    private static func read(_ prefix: [UInt8], _ line: [UInt8]) -> (digest: [UInt8], count: Int)? {
        let end = line.last == UInt8(ascii: "\r") ? line.count - 1 : line.count
        let length = digestDigits - prefix.count
        guard end > length + 1, line[length] == UInt8(ascii: ":") else { return nil }
        var digest: [UInt8] = []
        digest.reserveCapacity(digestDigits / 2)
        var high: UInt8?
        for index in 0..<digestDigits {
            let digit = index < prefix.count ? prefix[index] : line[index - prefix.count]
            guard let value = Hex.value(digit) else { return nil }
            if let first = high { digest.append(first << 4 | value) }
            high = high == nil ? value : nil
        }
        var count = 0
        for digit in line[(length + 1)..<end] {
            guard (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(digit), count < Int.max / 100 else { return nil }
            count = 10 * count + Int(digit - UInt8(ascii: "0"))
        }
        return (digest, count)
    }

    private static func failure(_ fault: BreachedPasswordsWriter.Fault, at place: String) -> CommandFailure {
        switch fault {
        case .unsorted:
            CommandFailure(
                .dataError,
                "\(place): this digest is not greater than the one before it: the list must be in the order of the "
                    + "digests")
        case .empty: CommandFailure(.dataError, "\(place) has no digest to write")
        case .system(let reason): CommandFailure(.ioError, reason)
        }
    }
}
