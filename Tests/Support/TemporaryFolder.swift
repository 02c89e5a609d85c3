public import Foundation
import Synchronization

/// A folder that goes away with its last user.
public final class TemporaryFolder: Sendable {
    public let path: String
    private let ends = Mutex<[String: @Sendable () -> Void]>([:])

    /// - Parameter isInMemory: whether it is in memory if there is a place for that, so that no disk is waited for.
    public init(inMemory isInMemory: Bool = false) throws {
        let memory = "/dev/shm"
        let place =
            isInMemory && FileManager.default.isWritableFile(atPath: memory)
            ? URL(fileURLWithPath: memory) : FileManager.default.temporaryDirectory
        path = place.appendingPathComponent("postern-\(UUID().uuidString)").path
        try FileManager.default.createDirectory(
            atPath: path, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
    }

    deinit {
        try? FileManager.default.removeItem(atPath: path)
        for end in ends.withLock({ $0.values }) { end() }
    }

    /// Has something done when the folder goes away, once for each name.
    public func atEnd(_ name: String, _ work: @escaping @Sendable () -> Void) {
        ends.withLock { $0[name] = work }
    }

    /// The path of something in the folder.
    public func path(_ name: String) -> String { "\(path)/\(name)" }
}

/// The files of this repository, for tests that hold one against another.
public enum Repository {
    public static let root = URL(fileURLWithPath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

    /// The text of a file.
    public static func text(_ path: String) throws -> String {
        try String(contentsOf: root.appendingPathComponent(path), encoding: .utf8)
    }
}
