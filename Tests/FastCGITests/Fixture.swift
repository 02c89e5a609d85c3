import Dispatch
import FastCGI
import Foundation
import HTTP
import HTTPTypes
import Synchronization
import System
import Testing

/// Answers with its view of the request: method, path, role, arrival and length of the body, and a sum over its bytes.
struct Echo: Handler {
    /// Waits here on a request for `/wait`.
    let gate: Gate?

    init(gate: Gate? = nil) { self.gate = gate }

    func answer(_ received: ReceivedRequest) -> Answer {
        guard case .request(let request) = received else { return .response(Response(status: .badRequest)) }
        return .response(response(to: request))
    }

    private func response(to request: Request) -> Response {
        if request.path == "/wait" { gate?.pass() }
        if request.path == "/large" { return Response(status: .ok, body: [UInt8](repeating: 120, count: 1_000_000)) }
        let body = request.body
        let sum = body.bytes.withSpan { span in
            span.indices.reduce(UInt64(0)) { ($0 &* 31) &+ UInt64(span[$1]) }
        }
        let text = "\(request.method) \(request.path) \(request.role) \(body.arrival) \(body.bytes.count) \(sum)"
        return Response(status: .ok, body: Array(text.utf8))
    }

    static func text(
        _ method: String = "GET", _ path: String = "/", role: String = "responder", arrival: String = "complete",
        body: [UInt8] = []
    ) -> String {
        let sum = body.reduce(UInt64(0)) { ($0 &* 31) &+ UInt64($1) }
        return "\(method) \(path) \(role) \(arrival) \(body.count) \(sum)"
    }
}

/// Holds threads until it is opened, and tells when one has come.
final class Gate: Sendable {
    private let arrived = DispatchSemaphore(value: 0)
    private let opened = DispatchSemaphore(value: 0)

    /// Called by a handler: waits, at most ten seconds.
    func pass() {
        arrived.signal()
        _ = opened.wait(timeout: .now() + 10)
    }

    /// Waits until somebody stands at the gate.
    func awaitArrival() -> Bool { arrived.wait(timeout: .now() + 10) == .success }

    func open(times: Int = 1) { for _ in 0..<times { opened.signal() } }
}

/// The events that a server told.
final class Events: Sendable {
    private let list = Mutex<[ServerEvent]>([])
    private let change = DispatchSemaphore(value: 0)

    var all: [ServerEvent] { list.withLock { $0 } }

    func add(_ event: ServerEvent) {
        list.withLock { $0.append(event) }
        change.signal()
    }

    /// Waits, at most ten seconds, for an event.
    func await(_ isMeant: (ServerEvent) -> Bool) -> Bool {
        while true {
            if all.contains(where: isMeant) { return true }
            if change.wait(timeout: .now() + 10) == .timedOut { return false }
        }
    }
}

/// A folder that goes with the test.
final class TemporaryFolder: Sendable {
    let path: String

    init() throws {
        path = "/tmp/fcgi-" + String(UInt64.random(in: 0...UInt64.max), radix: 36)
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: false)
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }

    var socket: String { path + "/s" }
    var contents: [String] { (try? FileManager.default.contentsOfDirectory(atPath: path)) ?? [] }
}

/// A server that runs on a thread of its own.
final class Running: Sendable {
    let server: Server
    let events = Events()
    private let ended = DispatchSemaphore(value: 0)
    private let outcome = Mutex<Result<Bool, ServerError>?>(nil)

    init(_ listener: Listener, handler: some Handler = Echo(), settings: ServerSettings = ServerSettings(threads: 2))
        throws
    {
        let events = events
        server = try Server(listener: listener, handler: handler, settings: settings) { events.add($0) }
        let thread = Thread { [self] in
            let result = Result { () throws(ServerError) in try server.run() }
            outcome.withLock { $0 = result }
            ended.signal()
        }
        thread.start()
    }

    /// Lets `awaitEnd` see the same end once more.
    func again() { ended.signal() }

    /// Waits, at most thirty seconds, until `run` has returned.
    ///
    /// - Returns: its result; `nil` if it has not ended in time.
    func awaitEnd() throws -> Bool? {
        guard ended.wait(timeout: .now() + 30) == .success else { return nil }
        return try outcome.withLock { $0 }?.get()
    }
}

/// Runs a server at a Unix socket, lets a test use it, stops it, and expects a clean end.
func withServer(
    handler: some Handler = Echo(), settings: ServerSettings = ServerSettings(threads: 2),
    _ body: (String, Running) throws -> Void
) throws {
    let folder = try TemporaryFolder()
    let running = try Running(
        Listener(.unix(path: folder.socket)), handler: handler, settings: settings)
    let result = Result { try body(folder.socket, running) }
    running.server.stop()
    #expect(try running.awaitEnd() == true)
    #expect(folder.contents == [])
    try result.get()
}

/// The time that something took.
func time(_ body: () throws -> Void) rethrows -> Duration { try ContinuousClock().measure(body) }
