import Glibc

/// The record that asks a web server to let go of a kept connection.
///
/// FastCGI has no word for that. But a record that comes between two requests makes nginx close the connection, and an
/// empty `FCGI_STDERR` is the one that does no harm if the next request has been sent by then: it stands at the beginning
/// of the answer, where one may always stand (FastCGI 1.0, section 3.3).
enum ReleaseRecord {
    /// An empty `FCGI_STDERR` of request 1, the number that every web server uses that does not multiplex.
    static let bytes: [UInt8] = [1, 7, 0, 1, 0, 0, 0, 0]

    /// Sends it on a connection without a request. One on which it cannot be sent has ended, as the next probe finds.
    static func send(to descriptor: Int32) {
        _ = unsafe bytes.withUnsafeBytes {
            unsafe Glibc.send(descriptor, $0.baseAddress, $0.count, Int32(MSG_DONTWAIT))
        }
    }
}
