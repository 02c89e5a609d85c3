import CPostgreSQL

/// The warnings that a connection has brought, and the reason for which the server closed it.
///
/// libpq calls it on the thread that uses the connection, while it reads from it.
final class ServerNotices {
    private let library: PostgreSQLLibrary
    private var warnings: [String] = []
    /// The SQLSTATE and the words with which the server ended the connection while nothing was asked of it.
    private(set) var farewell: (sqlState: String?, message: String)?

    init(_ library: PostgreSQLLibrary) { self.library = library }

    /// Has a connection report here. Its owner keeps this object for as long as the connection.
    @unsafe func receive(from connection: OpaquePointer) {
        _ = unsafe library.functions.PQsetNoticeReceiver(
            connection, Self.receiver, Unmanaged.passUnretained(self).toOpaque())
    }

    /// The warnings since this was asked last.
    func take() -> [String] {
        if warnings.isEmpty { return warnings }
        defer { warnings = [] }
        return warnings
    }

    // A function of its own, bound to no actor.
    private static let receiver: @convention(c) (UnsafeMutableRawPointer?, OpaquePointer?) -> Void = {
        argument, result in
        guard let argument = unsafe argument, let result = unsafe result else { return }
        let notices = unsafe Unmanaged<ServerNotices>.fromOpaque(argument).takeUnretainedValue()
        unsafe notices.note(ServerReport(notices.library, result))
    }

    private func note(_ report: ServerReport) {
        let message = report.message ?? ""
        // A class whose messages quote values.
        let words = report.sqlState?.hasPrefix("22") == true ? "a value does not fit" : message
        if report.severity == "WARNING" {
            warnings.append(report.sqlState.map { "\($0): \(words)" } ?? words)
        } else if report.endsConnection {
            farewell = (report.sqlState, words)
        }
    }
}
