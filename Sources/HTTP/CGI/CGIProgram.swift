import Glibc
import System

/// The run of a program as CGI (RFC 3875): meta-variables in the environment, the body on standard input, the answer on
/// standard output.
///
/// ```swift
/// if CGIProgram.isRequest(environment) {
///     let isWritten = CGIProgram.run(api, environment: environment, bodyLimit: AuthAPI.Settings.bodyLimit)
/// }
/// ```
public enum CGIProgram {
    /// Returns whether a web server started this process as CGI. A shell may do the same by setting `REQUEST_METHOD`.
    ///
    /// The command line of a CGI run must be ignored: RFC 3875, section 4.4, lets a client write it.
    public static func isRequest(_ environment: MetaVariables) -> Bool {
        environment["REQUEST_METHOD"] != nil || environment["GATEWAY_INTERFACE"] != nil
    }

    /// Answers the one request of this process.
    ///
    /// - Returns: `false` if the answer could not be written in full.
    public static func run(_ handler: some Handler, environment: MetaVariables, bodyLimit: Int) -> Bool {
        var input = DescriptorBody(descriptor: STDIN_FILENO)
        // A delay spares other clients of a server. This process has none, so only `earliest` counts.
        let (output, _, earliest) = handler.respond(to: environment, body: &input, bodyLimit: bodyLimit)
        if let earliest { wait(until: earliest) }
        let isWritten = write(output, to: STDOUT_FILENO)
        // A web server may lose the answer if its pipe is closed while it is still writing the body.
        let declared = environment["CONTENT_LENGTH"].flatMap { Int($0) } ?? (input.count > bodyLimit ? .max : 0)
        input.discard(min(declared - input.count, discardLimit))
        return isWritten
    }

    private static func wait(until moment: ContinuousClock.Instant) {
        while case let rest = ContinuousClock.now.duration(to: moment), rest > .zero {
            let (seconds, attoseconds) = rest.components
            var time = timespec(tv_sec: Int(seconds), tv_nsec: Int(attoseconds / 1_000_000_000))
            unsafe nanosleep(&time, nil)
        }
    }

    /// The most bytes of a body past its limit that are read so that the answer arrives.
    private static let discardLimit = 4 << 20

    private static func write(_ bytes: [UInt8], to descriptor: Int32) -> Bool {
        unsafe bytes.withUnsafeBytes { buffer in
            var written = 0
            while written < buffer.count {
                let rest = unsafe UnsafeRawBufferPointer(rebasing: buffer[written...])
                let count = try? valueOrErrno("write") { unsafe Glibc.write(descriptor, rest.baseAddress, rest.count) }
                guard let count else { return false }
                written += count
            }
            return true
        }
    }
}

/// A body that is read from a file descriptor, which is not closed.
struct DescriptorBody: BodySource {
    let descriptor: Int32
    /// The number of bytes read so far.
    private(set) var count = 0

    init(descriptor: Int32) {
        self.descriptor = descriptor
    }

    mutating func read(into buffer: UnsafeMutableRawBufferPointer) -> Int {
        let count = try? valueOrErrno("read") { unsafe Glibc.read(descriptor, buffer.baseAddress, buffer.count) }
        self.count += count ?? 0
        return count ?? 0
    }

    /// Reads at most this number of bytes and throws them away.
    mutating func discard(_ most: Int) {
        var rest = most
        var bytes = [UInt8](repeating: 0, count: 8192)
        while rest > 0 {
            let part = unsafe bytes.withUnsafeMutableBytes { buffer in
                unsafe read(into: UnsafeMutableRawBufferPointer(rebasing: buffer.prefix(rest)))
            }
            if part == 0 { return }
            rest -= part
        }
    }
}
