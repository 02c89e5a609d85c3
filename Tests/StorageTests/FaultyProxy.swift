import Foundation
import Glibc
import Synchronization
import TestSupport

@testable import Storage

/// A proxy between a store and its server, on a Unix socket of its own, which breaks connections at their COMMIT.
///
///     let proxy = try FaultyProxy(to: cluster)
///     proxy.fault = .dropsAnswer
///     let target = try PostgreSQLTarget(proxy.uri)
final class FaultyProxy: Sendable {
    /// The way in which a COMMIT goes wrong.
    enum Fault {
        case none
        /// The connection ends before the server gets it.
        case dropsCommit
        /// The connection ends once the server has done it, before the answer.
        case dropsAnswer
        /// The server gets it, and the answer never comes; the connection stays.
        case swallowsAnswer
        /// The server refuses new connections too from then on, until the fault is another one.
        case dropsAnswerAndAll
    }

    let folder: TemporaryFolder
    private let server: String
    private let listener: Int32
    private let state = Mutex((fault: Fault.none, left: 0, commits: 0))

    /// - Parameter cluster: the cluster that it leads to.
    init(to cluster: PostgreSQLCluster) throws {
        let target = try PostgreSQLTarget(cluster.uri)
        server = "\(target.hosts[0].name)/.s.PGSQL.\(target.hosts[0].port)"
        folder = try TemporaryFolder()
        listener = try Self.listen(at: folder.path(".s.PGSQL.5432"))
        let listener = listener
        Thread.detachNewThread { [weak self] in
            while true {
                let client = accept(listener, nil, nil)
                guard client >= 0 else { return }
                guard let self else {
                    close(client)
                    return
                }
                self.serve(client)
            }
        }
    }

    deinit {
        shutdown(listener, Int32(SHUT_RDWR))
        close(listener)
    }

    /// The target of a schema's tables, by way of the proxy.
    func target(_ schema: PostgreSQLTestSchema) throws -> PostgreSQLTarget {
        try PostgreSQLTarget("postgresql://postgres@/postgres?host=\(folder.path(""))").inSchema(schema.name)
    }

    /// Has the next COMMITs go wrong.
    func breakCommits(_ fault: Fault, times: Int = 1) { state.withLock { $0 = (fault, times, $0.commits) } }

    /// The COMMITs that have come.
    var commits: Int { state.withLock { $0.commits } }

    private static func listen(at path: String) throws -> Int32 {
        let socket = Glibc.socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
        guard socket >= 0, unsafe connectOrBind(socket, path, bind), Glibc.listen(socket, 64) == 0 else {
            throw POSIXError(.EADDRNOTAVAIL)
        }
        return socket
    }

    private static func connectOrBind(
        _ socket: Int32, _ path: String,
        _ call: (Int32, UnsafePointer<sockaddr>?, socklen_t) -> Int32
    ) -> Bool {
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        let bytes = Array(path.utf8)
        unsafe withUnsafeMutableBytes(of: &address.sun_path) { field in
            for (index, byte) in bytes.enumerated() { unsafe field[index] = byte }
        }
        return unsafe withUnsafePointer(to: &address) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { pointer in
                unsafe call(socket, pointer, socklen_t(MemoryLayout<sockaddr_un>.size)) == 0
            }
        }
    }

    private func serve(_ client: Int32) {
        let isClosed = state.withLock { $0.fault == .dropsAnswerAndAll && $0.left <= 0 }
        let upstream = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
        guard !isClosed, unsafe Self.connectOrBind(upstream, server, connect) else {
            close(client)
            close(upstream)
            return
        }
        let relay = Relay(client, upstream)
        Thread.detachNewThread { [weak self] in
            relay.run { self?.faultOfCommit() ?? .none }
        }
    }

    private func faultOfCommit() -> Fault {
        state.withLock { state in
            state.commits += 1
            guard state.left > 0 else { return .none }
            state.left -= 1
            return state.fault
        }
    }
}

/// The relay of one connection.
private final class Relay: Sendable {
    let client: Int32
    let server: Int32

    init(_ client: Int32, _ server: Int32) { (self.client, self.server) = (client, server) }

    func run(_ faultOfCommit: () -> FaultyProxy.Fault) {
        defer {
            close(client)
            close(server)
        }
        var fault = FaultyProxy.Fault.none
        // The name under which the statement was prepared, by which it goes the next time.
        var name: String?
        while true {
            var sockets = [
                pollfd(fd: client, events: Int16(POLLIN), revents: 0),
                pollfd(fd: server, events: Int16(POLLIN), revents: 0),
            ]
            guard unsafe poll(&sockets, 2, -1) > 0 else { return }
            if sockets[0].revents != 0 {
                guard let bytes = Self.read(client) else { return }
                if let found = Self.nameOfCommit(bytes) { name = found }
                if Self.contains(bytes, "COMMIT\0") || name.map({ Self.contains(bytes, "\($0)\0") }) == true {
                    fault = faultOfCommit()
                }
                if fault == .dropsCommit { return }
                guard Self.write(bytes, to: server) else { return }
            }
            if sockets[1].revents != 0 {
                guard let bytes = Self.read(server) else { return }
                switch fault {
                case .none: guard Self.write(bytes, to: client) else { return }
                case .swallowsAnswer: break
                case .dropsCommit, .dropsAnswer, .dropsAnswerAndAll: if Self.contains(bytes, "COMMIT\0") { return }
                }
            }
        }
    }

    private static func read(_ socket: Int32) -> [UInt8]? {
        var buffer = [UInt8](repeating: 0, count: 65_536)
        let count = unsafe recv(socket, &buffer, buffer.count, 0)
        return count > 0 ? Array(buffer.prefix(count)) : nil
    }

    private static func write(_ bytes: [UInt8], to socket: Int32) -> Bool {
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = unsafe rest.withUnsafeBytes {
                unsafe send(socket, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
            }
            guard count > 0 else { return false }
            rest = rest.dropFirst(count)
        }
        return true
    }

    /// The name of the statement in a message that prepares a COMMIT.
    private static func nameOfCommit(_ bytes: [UInt8]) -> String? {
        guard let place = bytes.firstRange(of: Array("\0COMMIT\0".utf8)) else { return nil }
        // The length of the message stands before the name, and may look like a character.
        let name = bytes[..<place.lowerBound].reversed().prefix { isOfName($0) }
        return name.isEmpty ? nil : String(decoding: name.reversed(), as: UTF8.self)
    }

    private static func isOfName(_ byte: UInt8) -> Bool {
        (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) || (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte)
    }

    private static func contains(_ bytes: [UInt8], _ text: String) -> Bool {
        bytes.firstRange(of: Array(text.utf8)) != nil
    }
}
