import Foundation
import Glibc

/// A small file system of its own, on which faults can be made.
final class FaultyDisk {
    enum Kind {
        /// In memory, of so many KiB.
        case memory(Int)
        /// On a file of so many MiB, through a loop device.
        case loop(Int)
    }

    let path: String
    private let folder: ScratchFolder
    private let kind: Kind
    private var isMounted = false

    private var image: String { folder.path("image") }

    /// The reason for which there cannot be one here; `nil` if there can.
    static func obstacle(_ kind: Kind) -> String? {
        guard geteuid() == 0 else { return "mounting needs root" }
        do {
            _ = try FaultyDisk(kind)
            return nil
        } catch {
            return "\(error)"
        }
    }

    init(_ kind: Kind) throws {
        self.kind = kind
        folder = try ScratchFolder()
        path = folder.path("disk")
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: false)
        if case .loop(let size) = kind {
            try Self.successful("dd", ["if=/dev/zero", "of=\(image)", "bs=1M", "count=\(size)"])
            try Self.successful("mkfs.ext4", ["-q", image])
        }
        try mount()
    }

    deinit {
        // Files that are still open on it belong to processes that are just ending.
        if isMounted { _ = try? run("umount", ["--lazy", path]) }
    }

    private func mount() throws {
        switch kind {
        case .memory(let size): try Self.successful("mount", ["-t", "tmpfs", "-o", "size=\(size)k", "tmpfs", path])
        case .loop: try Self.successful("mount", ["-o", "loop", image, path])
        }
        isMounted = true
    }

    /// Acts as the kernel does when it finds the file system damaged: it can be read only from now on.
    func failToReadOnly() throws {
        try Self.successful("mount", ["-o", "remount,abort", path])
    }

    /// Checks and mounts it again. Nobody may have a file open on it.
    func repair() throws {
        try Self.successful("umount", [path])
        isMounted = false
        // 1: something was corrected.
        let checked = try run("e2fsck", ["-fy", image])
        guard checked.status <= 1 else { throw Deployment.Failure(what: "e2fsck: \(checked.text)") }
        try mount()
    }

    /// Fills it up to the last byte.
    func fill() throws {
        let filled = try run("dd", ["if=/dev/zero", "of=\(path)/filler", "bs=4k"])
        guard filled.status != 0, filled.errors.contains("No space left") else {
            throw Deployment.Failure(what: "it is not full: \(filled.errors)")
        }
    }

    func makeRoom() throws {
        try FileManager.default.removeItem(atPath: "\(path)/filler")
    }

    private static func successful(_ executable: String, _ arguments: [String]) throws {
        let outcome = try run(executable, arguments)
        guard outcome.status == 0 else {
            throw Deployment.Failure(what: "\(executable) \(arguments.joined(separator: " ")): \(outcome.errors)")
        }
    }
}
