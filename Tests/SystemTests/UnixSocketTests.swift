import Foundation
import Testing

@testable import System

struct UnixSocketTests {
    private func make(in folder: Folder) throws -> UnixSocket {
        try UnixSocket(path: folder.path("s"), mode: 0o600, group: nil, backlog: 1)
    }

    @Test func `a socket is made under a name that nothing has, and gets its own in one step`() throws {
        let folder = try Folder()
        // Left behind by a process that was killed.
        #expect(unsafe symlink("/nowhere", folder.path(".psock0")) == 0)
        let (first, second) = (try make(in: folder), try make(in: folder))
        #expect(folder.contents.sorted() == [".psock0", ".psock1", ".psock2"])
        try first.publish(takingOver: false)
        #expect(folder.contents.sorted() == [".psock0", ".psock2", "s"])
        #expect(throws: UnixSocketError.inUse) { try second.publish(takingOver: false) }
        #expect(!first.isReplaced)
        try second.publish(takingOver: true)
        #expect(first.isReplaced && !second.isReplaced)
        first.remove()
        #expect(folder.contents.sorted() == [".psock0", "s"])
        second.remove()
        #expect(folder.contents == [".psock0"])
    }

    @Test func `a group is found by its name and by its number`() throws {
        #expect(groupNumber("root") == 0)
        #expect(groupNumber("65534") == 65534)
        #expect(groupNumber("no such group") == nil)
    }
}

/// A folder that goes away with its last user.
private final class Folder {
    private let url: URL

    init() throws {
        url = FileManager.default.temporaryDirectory.appendingPathComponent("postern-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: url, withIntermediateDirectories: false)
    }

    deinit { try? FileManager.default.removeItem(at: url) }

    func path(_ name: String) -> String { url.appendingPathComponent(name).path }

    var contents: [String] { (try? FileManager.default.contentsOfDirectory(atPath: url.path)) ?? [] }
}
