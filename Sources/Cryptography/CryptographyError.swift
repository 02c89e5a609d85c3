import COpenSSL

/// A failure of the cryptographic libraries. No request is at fault.
public enum CryptographyError: Error, Equatable, CustomStringConvertible {
    /// The random generator has no entropy or is not seeded.
    case noRandomness(reason: String)
    /// No library of this host offers the algorithm; the remedy says which would.
    case unsupported(algorithm: String, remedy: String)
    /// libcrypto, libcrypt or libargon2 refused or failed, mostly for lack of memory.
    case failed(operation: String, reason: String)

    /// The failure, and its remedy if there is one.
    public var description: String {
        switch self {
        case .noRandomness(let reason): "OpenSSL's random generator failed: \(reason)"
        case .unsupported(let algorithm, let remedy):
            "no library here computes \(algorithm) (libcrypto is \(OpenSSL.version)): \(remedy)"
        case .failed(let operation, let reason): "\(operation) failed: \(reason)"
        }
    }
}

/// The libcrypto in use.
public enum OpenSSL {
    /// The name and version that the library reports, such as `OpenSSL 3.0.17 1 Jul 2025`.
    public static var version: String {
        guard let text = unsafe OpenSSL_version(OPENSSL_VERSION) else { return "OpenSSL of unknown version" }
        return unsafe String(cString: text)
    }

    private static let isSetUp = OPENSSL_init_crypto(UInt64(OPENSSL_INIT_NO_ATEXIT), nil) == 1

    /// Sets the library up once, before its first use.
    ///
    /// At the end of the process OpenSSL would free the state that hashing threads still use: `NO_ATEXIT` forbids that.
    /// Another library that uses OpenSSL must not come first, since then it is too late.
    ///
    /// - Throws: `CryptographyError.failed` if the library cannot be used.
    public static func setUp() throws(CryptographyError) {
        guard isSetUp else { throw .failed(operation: "OpenSSL's set-up", reason: takeLastError()) }
    }

    /// Derives `length` bytes from a password.
    ///
    /// - Parameters:
    ///   - function: the name of the library's function.
    ///   - call: calls it with the bytes of the password, and returns its result: 1 if it succeeds.
    /// - Throws: `CryptographyError.failed`.
    static func derive(
        from password: Secret, length: Int, by function: StaticString,
        _ call: (UnsafeBufferPointer<CChar>, inout [UInt8]) -> CInt
    ) throws(CryptographyError) -> [UInt8] {
        try setUp()
        var output = [UInt8](repeating: 0, count: length)
        let result = password.withSpan { password in
            unsafe password.withUnsafeBytes { unsafe call($0.assumingMemoryBound(to: CChar.self), &output) }
        }
        guard result == 1 else { throw .failed(operation: "OpenSSL's \(function)", reason: takeLastError()) }
        return output
    }

    /// Takes the newest entry of the thread's error queue and empties the queue: the one place that reads OpenSSL's
    /// errors.
    static func takeLastError() -> String {
        let code = ERR_peek_last_error()
        ERR_clear_error()
        guard code != 0 else { return "no reason given" }
        return unsafe withUnsafeTemporaryAllocation(of: CChar.self, capacity: 256) { text in
            guard let base = text.baseAddress else { return "error \(code)" }
            unsafe ERR_error_string_n(code, base, text.count)
            return unsafe String(cString: base)
        }
    }
}
