public import Glibc

/// The failure of a system call.
public struct SystemError: Error, Sendable, Equatable, CustomStringConvertible {
    /// The name of the call, such as `epoll_create1`.
    public let call: String
    /// The error number, as `errno` had it.
    public let code: Int32

    /// Makes an error from a call's name and its error number.
    public init(call: String, code: Int32) {
        self.call = call
        self.code = code
    }

    /// The call and the text of its error number: "listen: Address already in use".
    public var description: String { "\(call): \(errorText(code))" }
}

/// Makes a system call that returns a negative number if it fails, and reads `errno` right after it.
///
/// ```swift
/// let count = try valueOrErrno("read") { unsafe read(descriptor, buffer.baseAddress, buffer.count) }
/// ```
///
/// - Parameters:
///   - call: the name of the call, for the error.
///   - retryOnInterrupt: true to repeat a call that a signal has interrupted (`EINTR`). `close` and `connect` must not
///     be repeated.
///   - body: makes the call, and does nothing after it.
/// - Returns: the result of the call, 0 or more.
@inlinable
public func valueOrErrno<Value: SignedInteger>(
    _ call: String, retryOnInterrupt: Bool = true, _ body: () -> Value
) throws(SystemError) -> Value {
    while true {
        let value = body()
        if value >= 0 { return value }
        let code = errno
        if code != EINTR || !retryOnInterrupt { throw SystemError(call: call, code: code) }
    }
}

/// The text of a C error number.
public func errorText(_ code: Int32) -> String {
    unsafe withUnsafeTemporaryAllocation(of: CChar.self, capacity: 256) { buffer in
        guard let base = buffer.baseAddress, unsafe strerror_r(code, base, buffer.count) == 0 else {
            return "error \(code)"
        }
        return unsafe String(cString: base)
    }
}
