import Foundation
import Glibc
import Testing

@testable import postern

extension Integration {
    /// The reports to a service manager, read from a socket in its place.
    struct NotificationTests {
        @Test(arguments: [false, true])
        func `a service manager hears that the responder is ready, alive, and stops`(_ isAbstract: Bool) throws {
            let deployment = try Deployment(serves: false)
            let name = (isAbstract ? "@" : "") + deployment.folder.path("notify.sock")
            let manager = try ManagerSocket(name)
            try deployment.startResponder(
                by: ["/usr/bin/env", "NOTIFY_SOCKET=\(name)", "WATCHDOG_USEC=1000000"])
            #expect(manager.receive() == "READY=1")
            #expect(try deployment.request("GET", "/health/live", bearer: "", by: .responder).status == 200)
            let start = ContinuousClock.now
            for _ in 0..<4 { #expect(manager.receive() == "WATCHDOG=1") }
            #expect(
                start.duration(to: .now) < .seconds(4), "at least every half of the interval, with a delay for load")
            #expect(deployment.stopResponder() == 0)
            let rest = manager.receiveAll()
            #expect(rest.contains("STOPPING=1"))
            #expect(Set(rest).isSubset(of: ["STOPPING=1", "WATCHDOG=1"]))
        }

        @Test func `a watchdog that is another process's is left alone`() throws {
            let deployment = try Deployment(serves: false)
            let name = deployment.folder.path("notify.sock")
            let manager = try ManagerSocket(name)
            try deployment.startResponder(
                by: ["/usr/bin/env", "NOTIFY_SOCKET=\(name)", "WATCHDOG_USEC=100000", "WATCHDOG_PID=1"])
            #expect(manager.receive() == "READY=1")
            usleep(500_000)
            #expect(manager.receiveAll() == [])
            #expect(deployment.stopResponder() == 0)
        }

        @Test func `a service manager that is gone does no harm`() throws {
            let deployment = try Deployment(serves: false)
            try deployment.startResponder(
                by: ["/usr/bin/env", "NOTIFY_SOCKET=\(deployment.folder.path("none.sock"))", "WATCHDOG_USEC=200000"])
            for _ in 0..<200 where !FileManager.default.fileExists(atPath: deployment.socket) { usleep(50_000) }
            #expect(try deployment.request("GET", "/health/live", bearer: "", by: .responder).status == 200)
            #expect(deployment.stopResponder() == 0)
        }

        @Test(
            arguments: [
                ([:], nil), (["WATCHDOG_USEC": "0"], nil), (["WATCHDOG_USEC": "x"], nil),
                (["WATCHDOG_USEC": "30000000"], 30), (["WATCHDOG_USEC": "30000000", "WATCHDOG_PID": "7"], 30),
                (["WATCHDOG_USEC": "30000000", "WATCHDOG_PID": "8"], nil),
            ] as [([String: String], Int?)])
        func `the watchdog's interval is read as sd_watchdog_enabled does`(
            _ environment: [String: String], _ seconds: Int?
        ) {
            let interval = WatchdogInterval(environment: environment, process: 7)
            #expect(interval?.limit == seconds.map { .seconds($0) })
        }

        @Test(arguments: ["", "relative", "vsock:2:1234"])
        func `an address that is not a Unix socket is ignored`(_ name: String) {
            #expect(NotificationSocket(environment: ["NOTIFY_SOCKET": name]) == nil)
        }
    }
}

/// The socket of a service manager.
private final class ManagerSocket {
    private let descriptor: Int32

    /// - Parameter name: a path, or behind an at sign an abstract name.
    init(_ name: String) throws {
        descriptor = socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue), 0)
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        var bytes = Array(name.utf8)
        if bytes.first == UInt8(ascii: "@") { bytes[0] = 0 }
        unsafe withUnsafeMutableBytes(of: &address.sun_path) { unsafe $0.copyBytes(from: bytes) }
        let length = socklen_t(MemoryLayout<sa_family_t>.size + bytes.count)
        let bound = unsafe withUnsafePointer(to: &address) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { unsafe bind(descriptor, $0, length) }
        }
        guard bound == 0 else { throw Deployment.Failure(what: "bind: \(errno)") }
    }

    deinit { close(descriptor) }

    /// The next state, within ten seconds.
    func receive() -> String? { receive(milliseconds: 10_000) }

    /// All that have come.
    func receiveAll() -> [String] {
        var states: [String] = []
        while let state = receive(milliseconds: 0) { states.append(state) }
        return states
    }

    private func receive(milliseconds: Int32) -> String? {
        var entry = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
        guard unsafe poll(&entry, 1, milliseconds) == 1 else { return nil }
        var buffer = [UInt8](repeating: 0, count: 256)
        let count = unsafe recv(descriptor, &buffer, buffer.count, 0)
        return count < 0 ? nil : String(decoding: buffer.prefix(count), as: UTF8.self)
    }
}
