import Foundation

/// A folder that goes away with its last user.
public final class TemporaryFolder: Sendable {
    public let path: String

    /// - Parameter isInMemory: whether it is in memory where there is a place for that, so that no disk is waited for.
    public init(inMemory isInMemory: Bool = false) throws {
        let memory = "/dev/shm"
        let place =
            isInMemory && FileManager.default.isWritableFile(atPath: memory)
            ? URL(fileURLWithPath: memory) : FileManager.default.temporaryDirectory
        path = place.appendingPathComponent("postern-\(UUID().uuidString)").path
        try FileManager.default.createDirectory(
            atPath: path, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }

    /// The path of something in the folder.
    public func path(_ name: String) -> String { "\(path)/\(name)" }
}
