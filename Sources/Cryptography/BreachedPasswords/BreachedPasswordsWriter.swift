import Glibc
import System

/// Writes a file of breached passwords, in memory that does not grow with it.
///
/// ```swift
/// var writer = try BreachedPasswordsWriter(path: "/var/lib/postern/breached")
/// try writer.add(digest)
/// try writer.finish()
/// ```
///
/// The digests go into a file beside it, which takes its name in `finish`: so a server that reads the old one goes on
/// with that until it is reloaded, and what is interrupted leaves it as it was.
public struct BreachedPasswordsWriter: ~Copyable {
    /// The reason why a file cannot be written.
    public enum Fault: Error, Sendable, Equatable {
        /// The digest is not greater than the one before it.
        case unsorted
        /// Not one digest was added.
        case empty
        /// The system refuses.
        case system(reason: String)
    }

    /// The bytes that one write takes at most.
    private static let bufferLength = 1 << 20

    /// The number of digests added.
    public private(set) var count = 0
    private let path: String
    private let temporaryPath: String
    private let descriptor: Descriptor
    private var buffer: [UInt8] = []
    private var last: [UInt8] = []

    /// Opens the file beside `path`. One that an earlier run left is overwritten.
    ///
    /// - Throws: `.system`.
    public init(path: String) throws(Fault) {
        self.path = path
        temporaryPath = "\(path).new"
        descriptor = try Self.create(temporaryPath)
        // The number follows in `finish`: until then this is no list.
        buffer = [UInt8](repeating: 0, count: BreachedPasswords.headerLength)
    }

    /// Creates a file that everybody may read: the list is public, and the server runs as another user than who builds
    /// it.
    private static func create(_ path: String) throws(Fault) -> Descriptor {
        // O_NONBLOCK: opening a FIFO without a reader would block.
        let flags = O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK
        do throws(SystemError) {
            let descriptor = Descriptor(try valueOrErrno("open") { unsafe open(path, flags, 0o644) })
            var information = stat()
            _ = try valueOrErrno("fstat") { unsafe fstat(descriptor.number, &information) }
            guard information.st_mode & S_IFMT == S_IFREG else { throw SystemError(call: "open", code: ENXIO) }
            _ = try valueOrErrno("fchmod") { fchmod(descriptor.number, 0o644) }
            return descriptor
        } catch {
            let reason = "\(path) is not a regular file: delete it, or give another name"
            throw .system(reason: error.code == ENXIO ? reason : pathFault(path, error.code))
        }
    }

    // After `finish` nothing has that name.
    deinit { _ = unsafe unlink(temporaryPath) }

    /// Adds a digest of 20 bytes.
    ///
    /// - Throws: `.unsorted`, `.system`.
    public mutating func add(_ digest: [UInt8]) throws(Fault) {
        precondition(digest.count == BreachedPasswords.recordLength, "not a digest of SHA-1")
        guard last.lexicographicallyPrecedes(digest) else { throw .unsorted }
        last = digest
        buffer += digest
        count += 1
        if buffer.count >= Self.bufferLength { try flush() }
    }

    /// Puts the file in the place of the one that has its name.
    ///
    /// - Throws: `.empty`, `.system`.
    public mutating func finish() throws(Fault) {
        guard count > 0 else { throw .empty }
        try flush()
        let header = BreachedPasswords.header(count: UInt64(count))
        do throws(SystemError) {
            _ = try valueOrErrno("pwrite") { unsafe pwrite(descriptor.number, header, header.count, 0) }
            _ = try valueOrErrno("fsync") { fsync(descriptor.number) }
            _ = try valueOrErrno("rename") { unsafe rename(temporaryPath, path) }
        } catch {
            throw .system(reason: pathFault(path, error.code))
        }
    }

    private mutating func flush() throws(Fault) {
        var done = 0
        while done < buffer.count {
            let start = done
            do throws(SystemError) {
                done += try valueOrErrno("write") {
                    unsafe buffer.withUnsafeBytes { bytes in
                        unsafe write(descriptor.number, bytes.baseAddress?.advanced(by: start), bytes.count - start)
                    }
                }
            } catch {
                throw .system(reason: "\(temporaryPath): \(errorText(error.code))")
            }
        }
        buffer.removeAll(keepingCapacity: true)
    }
}
