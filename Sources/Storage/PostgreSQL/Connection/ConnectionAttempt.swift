import CPostgreSQL
import Glibc

/// A connection that is being made to one server at one address.
@safe final class ConnectionAttempt {
    /// The state of an attempt.
    enum State {
        /// It waits for the server.
        case waiting
        /// The connection is made.
        case open
        /// It has failed.
        case failed(PostgreSQLError)
    }

    let place: PostgreSQLTarget.Place
    /// The moment at which the server has had its time.
    let deadline: ContinuousClock.Instant
    let notices: ServerNotices
    private let library: PostgreSQLLibrary
    private var handle: OpaquePointer?
    /// The events of `poll` for which it waits.
    private(set) var events = POLLOUT

    /// Starts to connect.
    ///
    /// - Throws: `PostgreSQLError` if the parameters do not go, or the system has no socket left.
    init(
        _ library: PostgreSQLLibrary, _ place: PostgreSQLTarget.Place,
        _ parameters: [(name: String, value: String)], deadline: ContinuousClock.Instant
    ) throws(PostgreSQLError) {
        self.library = library
        self.place = place
        self.deadline = deadline
        notices = ServerNotices(library)
        unsafe handle = Self.start(library, parameters)
        guard let handle = unsafe handle else { throw PostgreSQLError(.library, "libpq has no memory") }
        guard unsafe library.functions.PQstatus(handle) != 1 else { throw error() }
        unsafe notices.receive(from: handle)
        // So that the message of an error has its SQLSTATE.
        _ = unsafe library.functions.PQsetErrorVerbosity(handle, LibpqCode.verbose)
    }

    deinit { if let handle = unsafe handle { unsafe library.functions.PQfinish(handle) } }

    private static func start(
        _ library: PostgreSQLLibrary, _ parameters: [(name: String, value: String)]
    ) -> OpaquePointer? {
        // One text for all, so that the pointers into it are there for the call.
        var text: [UInt8] = []
        var places: [(name: Int, value: Int)] = []
        for (name, value) in parameters {
            let place = text.count
            text += name.utf8 + [0]
            places.append((place, text.count))
            text += value.utf8 + [0]
        }
        return unsafe text.withUnsafeBytes { text in
            let start = unsafe text.baseAddress?.assumingMemoryBound(to: CChar.self)
            let names = unsafe places.map { unsafe start?.advanced(by: $0.name) } + [nil]
            let values = unsafe places.map { unsafe start?.advanced(by: $0.value) } + [nil]
            return unsafe library.functions.PQconnectStartParams(names, values, 0)
        }
    }

    /// The socket. It may be another one after each step.
    var socket: CInt { unsafe handle.map { unsafe library.functions.PQsocket($0) } ?? -1 }

    /// Goes on, after the socket is ready for `events`.
    func step() -> State {
        guard let handle = unsafe handle else { return .failed(PostgreSQLError(.library, "the attempt is over")) }
        switch unsafe LibpqCode.Polling(rawValue: library.functions.PQconnectPoll(handle)) {
        case .reading: events = POLLIN
        case .writing: events = POLLOUT
        case .done: return .open
        case .failed, nil: return .failed(error())
        }
        return .waiting
    }

    /// Hands the connection over to its owner.
    @unsafe func take() -> OpaquePointer? {
        defer { unsafe handle = nil }
        return unsafe handle
    }

    /// The reason for which libpq gave up: "connection to server at … failed: FATAL:  28P01: password authentication
    /// failed for user …", and lines with details.
    private func error() -> PostgreSQLError {
        let text = unsafe handle.flatMap { unsafe library.functions.PQerrorMessage($0) }.map {
            unsafe String(cString: $0)
        }
        return Self.parsed(text ?? "libpq has no memory", notices.farewell)
    }

    /// Makes an error of libpq's message.
    static func parsed(_ text: String, _ farewell: (sqlState: String?, message: String)? = nil) -> PostgreSQLError {
        let details = ["DETAIL:", "HINT:", "LOCATION:", "CONTEXT:"]
        let lines = text.utf8.prefix(4096).split(separator: UInt8(ascii: "\n"))
            .map { String(decoding: $0.drop { $0 == 0x09 || $0 == 0x20 }, as: UTF8.self) }
            .filter { line in !details.contains(where: line.hasPrefix) }
        let (message, found) = splitState(lines.joined(separator: "; "))
        let state = found ?? farewell?.sqlState
        let isServers = state != nil
        return PostgreSQLError(isServers ? .server : .lost, message, sqlState: state)
    }

    /// Takes the SQLSTATE out of a message such as `…: FATAL:  28P01: password authentication failed`. Severities are
    /// translated; the two spaces behind them are not.
    private static func splitState(_ message: String) -> (message: String, state: String?) {
        let bytes = Array(message.utf8)
        for place in bytes.indices.dropLast(10) where bytes[place...].starts(with: ":  ".utf8) {
            let state = bytes[(place + 3)..<(place + 8)]
            let isState = state.allSatisfy { (0x30...0x39).contains($0) || (0x41...0x5A).contains($0) }
            guard isState, bytes[(place + 8)...].starts(with: ": ".utf8) else { continue }
            let words = bytes[..<place] + ": ".utf8 + bytes[(place + 10)...]
            return (String(decoding: words, as: UTF8.self), String(decoding: state, as: UTF8.self))
        }
        return (message, nil)
    }
}
