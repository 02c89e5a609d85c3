import Glibc
import System

/// A file with the SHA-1 digests of passwords that leaks have made public, such as those of Have I Been Pwned: a
/// billion of them take 20 GB, of which a look-up reads some 20 blocks, and nothing stays in memory.
///
/// The file has a header of 32 bytes: `Postern breached`, the version of the form (1) and the length of a record (20)
/// as numbers of 4 bytes, the number of records as one of 8 bytes, all with the highest byte first. Then come the
/// digests, in ascending order, each once. `BreachedPasswordsWriter` makes it.
///
/// ```swift
/// let breached = try BreachedPasswords(path: "/var/lib/postern/breached")
/// let isBreached = try breached.contains(password)
/// ```
///
/// It is read by `pread`, not mapped: a file that is cut short meanwhile, or a disk that fails, is an error of the
/// look-up and not the end of the process.
public final class BreachedPasswords: Sendable {
    /// The reason why a file cannot be used.
    public enum Fault: Error, Sendable, Equatable, CustomStringConvertible {
        /// The file cannot be opened or read.
        case unreadable(reason: String)
        /// The file is not a list of this form.
        case notAList
        /// The file is shorter or longer than its header says.
        case wrongSize(bytes: Int, expected: Int)
        /// The digests are not in ascending order at this record.
        case unsorted(record: Int)

        /// The reason in words.
        public var description: String {
            switch self {
            case .unreadable(let reason): reason
            case .notAList:
                "it is not a list of breached passwords: make one with `postern password build-breached`"
            case .wrongSize(let bytes, let expected):
                "it has \(bytes) bytes in place of \(expected): it was cut short or written to; build it anew"
            case .unsorted(let record): "its digests are not in order at number \(record): build it anew"
            }
        }
    }

    /// The bytes of a digest.
    static let recordLength = 20
    /// The bytes of the header.
    static let headerLength = 32
    /// The most records that one read takes: those of a block of most file systems.
    private static let recordsPerRead = 4096 / recordLength
    /// The number of places at which the order is looked at.
    private static let samples = 64

    /// The number of digests.
    public let count: Int
    private let descriptor: Descriptor

    /// Opens a file, and reads its header.
    ///
    /// - Throws: a `Fault`.
    public init(path: String) throws(Fault) {
        var information = stat()
        do throws(SystemError) {
            // O_NONBLOCK: opening a FIFO without a writer would block.
            let flags = O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY
            let number = try valueOrErrno("open") { unsafe open(path, flags) }
            descriptor = Descriptor(number)
            _ = try valueOrErrno("fstat") { unsafe fstat(number, &information) }
        } catch {
            throw .unreadable(reason: pathFault(path, error.code))
        }
        guard information.st_mode & S_IFMT == S_IFREG, information.st_size >= Self.headerLength else { throw .notAList }
        let header = try Self.read(descriptor.number, at: 0, count: Self.headerLength)
        guard header.starts(with: Self.header(count: 0).prefix(24)) else { throw .notAList }
        let count = header.suffix(8).reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
        guard count > 0, let expected = Self.size(count) else { throw .notAList }
        let bytes = Int(information.st_size)
        guard bytes == expected else { throw .wrongSize(bytes: bytes, expected: expected) }
        self.count = Int(count)
    }

    /// Makes sure, at 64 places from the first digest to the last, that they are in order. It reads little, so that a
    /// start stays short; a file that the writer made is in order everywhere.
    ///
    /// - Throws: a `Fault`.
    public func checkOrder() throws(Fault) {
        var (lastRecord, last) = (-1, [UInt8]())
        for sample in 0...Self.samples {
            let record = (count - 1) * sample / Self.samples
            guard record > lastRecord else { continue }
            // With the one before it, which may be the last sample itself.
            let pair = try records(max(0, record - 1)...record)
            let (before, present) = (Array(pair.prefix(Self.recordLength)), Array(pair.suffix(Self.recordLength)))
            guard record == 0 || before.lexicographicallyPrecedes(present) && last.lexicographicallyPrecedes(present)
            else { throw .unsorted(record: record) }
            (lastRecord, last) = (record, present)
        }
    }

    /// Tells whether a password is on the list. It waits for the disk.
    ///
    /// - Throws: a `Fault`.
    public func contains(_ password: Secret) throws(Fault) -> Bool {
        var digest: [UInt8]
        do throws(CryptographyError) {
            digest = try MessageDigest(.sha1).of { $0.add(password) }
        } catch {
            throw .unreadable(reason: error.description)
        }
        defer { WipedBytes.wipe(&digest) }
        return try blocking { () throws(Fault) in try contains(digest: digest) }
    }

    /// Tells whether a digest is on the list, by binary search.
    func contains(digest: [UInt8]) throws(Fault) -> Bool {
        var (low, high) = (0, count)
        while high - low > Self.recordsPerRead {
            let middle = low + (high - low) / 2
            let record = try records(middle...middle)
            if record == digest { return true }
            if record.lexicographicallyPrecedes(digest) { low = middle + 1 } else { high = middle }
        }
        guard low < high else { return false }
        let rest = try records(low...(high - 1))
        return stride(from: 0, to: rest.count, by: Self.recordLength).contains {
            rest[$0..<($0 + Self.recordLength)].elementsEqual(digest)
        }
    }

    private func records(_ range: ClosedRange<Int>) throws(Fault) -> [UInt8] {
        try Self.read(
            descriptor.number, at: Self.headerLength + range.lowerBound * Self.recordLength,
            count: range.count * Self.recordLength)
    }

    private static func read(_ descriptor: Int32, at offset: Int, count: Int) throws(Fault) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: count)
        var done = 0
        while done < count {
            let start = done
            do throws(SystemError) {
                done += try valueOrErrno("pread") {
                    unsafe bytes.withUnsafeMutableBytes { bytes in
                        unsafe pread(
                            descriptor, bytes.baseAddress?.advanced(by: start), count - start, off_t(offset + start))
                    }
                }
            } catch {
                throw .unreadable(reason: errorText(error.code))
            }
            guard done > start else { throw .unreadable(reason: "it was cut short while it was in use") }
        }
        return bytes
    }

    /// The header of a file.
    static func header(count: UInt64) -> [UInt8] {
        func bytes(_ number: UInt64, _ length: Int) -> [UInt8] {
            (0..<length).reversed().map { UInt8(truncatingIfNeeded: number >> (8 * UInt64($0))) }
        }
        return Array("Postern breached".utf8) + bytes(1, 4) + bytes(UInt64(recordLength), 4) + bytes(count, 8)
    }

    /// The bytes of a file with this number of digests; `nil` if there is no such file.
    private static func size(_ count: UInt64) -> Int? {
        let (bytes, overflows) = count.multipliedReportingOverflow(by: UInt64(recordLength))
        return overflows ? nil : Int(exactly: bytes).flatMap { $0 <= Int.max - headerLength ? $0 + headerLength : nil }
    }
}
