import CFastCGI
import Glibc
import HTTP
import System

/// libfcgi's view of one request at a time: an `FCGX_Request`, which it owns and frees.
///
/// This is the one file that uses the fields below the "Don't use" line of `fcgiapp.h`. By them a connection that was
/// accepted elsewhere is handed to the library, which then reads one request from it and never accepts:
///
/// - `ipcFd` is the connection; -1 is none.
/// - `keepConnection` is set while there is no request, or `FCGX_Accept_r` would begin by closing the connection. From
///   the begin record on it is what the web server asked for.
/// - `listen_sock` stays -1: where the library would accept the next connection, it fails instead.
/// - `detached` (by `FCGX_Detach`) makes the library close without first waiting up to 2 s for its peer.
///
/// `FCGX_Finish_r` is done here in its parts, so that the library closes a connection in one case only: when it could
/// not read a request from it.
///
/// It may go from one thread to another: it has no copy, and libfcgi keeps nothing of a request elsewhere.
///
/// ```swift
/// guard request.begin(on: descriptor) else { return }  // libfcgi has closed it
/// _ = request.write(answer(to: request.variables))
/// let ending = request.finish(releasing: false)
/// ```
@safe struct FCGXRequest: ~Copyable, @unchecked Sendable {
    private let request: UnsafeMutablePointer<FCGX_Request>

    init() {
        unsafe request = .allocate(capacity: 1)
        unsafe request.initialize(to: FCGX_Request())
        unsafe FCGX_InitRequest(request, -1, 0)
    }

    deinit {
        unsafe FCGX_Free(request, 0)
        unsafe request.deallocate()
    }

    /// True if the library that is loaded has the fields that are used here at the places that the header says.
    static var isLayoutKnown: Bool {
        var probe = unsafe FCGX_Request()
        unsafe FCGX_InitRequest(&probe, 77, 5)
        guard unsafe probe.listen_sock == 77 && probe.flags == 5 && probe.ipcFd == -1 else { return false }
        unsafe probe.ipcFd = 78
        return unsafe FCGX_Detach(&probe) == 0 && probe.detached == 1 && probe.keepConnection == 0
    }

    /// The size of the structure, and the offsets of the fields that are used here: ipcFd, keepConnection, listen_sock,
    /// detached.
    static var layout: [Int?] {
        typealias Layout = MemoryLayout<FCGX_Request>
        return unsafe [
            Layout.size, Layout.offset(of: \.ipcFd), Layout.offset(of: \.keepConnection),
            Layout.offset(of: \.listen_sock), Layout.offset(of: \.detached),
        ]
    }

    /// Reads the head of a request from a connection, waiting for it as long as the connection's timeout allows.
    ///
    /// - Returns: false when there is none to read; then the library has closed the connection.
    mutating func begin(on descriptor: Int32) -> Bool {
        unsafe request.pointee.ipcFd = descriptor
        unsafe request.pointee.keepConnection = 1
        unsafe request.pointee.listen_sock = -1
        _ = unsafe FCGX_Detach(request)
        return unsafe FCGX_Accept_r(request) == 0
    }

    /// The meta-variables, the role among them (`FCGI_ROLE`). Copies: the library's die with the request.
    var variables: MetaVariables {
        var variables = MetaVariables()
        guard var next = unsafe request.pointee.envp else { return variables }
        while let entry = unsafe next.pointee {
            if let mark = unsafe strchr(entry, Int32(UInt8(ascii: "="))) {
                let nameLength = unsafe mark - entry
                let variable = unsafe UnsafeRawBufferPointer(start: entry, count: nameLength + strlen(mark))
                unsafe variables.append(
                    Span(_unsafeBytes: variable), nameLength: nameLength, separatorLength: 1)
            }
            unsafe next += 1
        }
        return variables
    }

    /// The body. It must not be used after `finish`.
    var input: RequestStream { unsafe RequestStream(request.pointee.in) }

    /// Writes the answer.
    ///
    /// - Returns: whether the library took all of it; the last of it goes out with `finish`.
    mutating func write(_ output: [UInt8]) -> Bool {
        unsafe output.withUnsafeBytes { buffer in
            var rest = unsafe buffer[...]
            while unsafe !rest.isEmpty {
                let part = unsafe UnsafeRawBufferPointer(rebasing: rest.prefix(1 << 30))
                let start = unsafe part.baseAddress?.assumingMemoryBound(to: CChar.self)
                if unsafe FCGX_PutStr(start, Int32(part.count), request.pointee.out) < 0 { return false }
                unsafe rest = rest.dropFirst(part.count)
            }
            return true
        }
    }

    /// The outcome of a request.
    struct Ending {
        /// 0, or the error with which the answer could not be delivered.
        let writeError: Int32
        /// True if the web server asked to keep the connection, and nothing on it failed.
        let isKept: Bool
    }

    /// Ends the request and leaves the connection open, whatever the outcome.
    ///
    /// - Parameter releasing: whether the web server is asked to let go of a connection that it wants to keep (see
    ///   `ReleaseRecord`).
    mutating func finish(releasing: Bool) -> Ending {
        var writeError = unsafe FCGX_GetError(request.pointee.out)
        // A stream that failed once would wait for its peer a second time.
        if writeError == 0 {
            if unsafe releasing && request.pointee.keepConnection != 0 {
                writeError = endReleasing()
            } else {
                _ = unsafe FCGX_FClose(request.pointee.err)
                _ = unsafe FCGX_FClose(request.pointee.out)
                unsafe writeError = FCGX_GetError(request.pointee.out)
            }
        }
        let readError = unsafe FCGX_GetError(request.pointee.in)
        let isKept = unsafe request.pointee.keepConnection != 0 && writeError == 0 && readError == 0
        unsafe FCGX_Free(request, 0)
        unsafe request.pointee.ipcFd = -1
        return Ending(writeError: writeError, isKept: isKept)
    }

    /// Writes the end of a request (FastCGI 1.0, sections 5.5 and 6.2) and the release record in one piece. The library
    /// would write the end alone, and a busy web server have sent the next request before it saw the record.
    ///
    /// - Returns: 0, or the `errno`.
    private func endReleasing() -> Int32 {
        if unsafe FCGX_FFlush(request.pointee.out) != 0 { return unsafe FCGX_GetError(request.pointee.out) }
        let (high, low) = unsafe (UInt8(request.pointee.requestId >> 8 & 255), UInt8(request.pointee.requestId & 255))
        let end: [UInt8] =
            [1, 6, high, low, 0, 0, 0, 0] + [1, 3, high, low, 0, 8, 0, 0] + [UInt8](repeating: 0, count: 8)
        return unsafe (end + ReleaseRecord.bytes).withUnsafeBytes { bytes in
            do throws(SystemError) {
                let written = try valueOrErrno("send") {
                    unsafe send(request.pointee.ipcFd, bytes.baseAddress, bytes.count, 0)
                }
                return written == bytes.count ? 0 : EAGAIN
            } catch {
                return error.code
            }
        }
    }
}

/// libfcgi as a whole.
enum Libfcgi {
    /// True if the library is initialized, which the first use does once in the process, and lays requests out as its
    /// header says.
    static let isReady: Bool = {
        // FCGX_Init takes over these three wherever they have no handler.
        let signals = [SIGPIPE, SIGTERM, SIGUSR1]
        let before = signals.map { number in
            var action = sigaction()
            _ = unsafe sigaction(number, nil, &action)
            return action
        }
        let isReady = FCGX_Init() == 0 && FCGXRequest.isLayoutKnown
        for (number, action) in zip(signals, before) {
            unsafe withUnsafePointer(to: action) { _ = unsafe sigaction(number, $0, nil) }
        }
        // A web server that has hung up is an error to be read, not a reason to end.
        signal(SIGPIPE, SIG_IGN)
        return isReady
    }()
}
