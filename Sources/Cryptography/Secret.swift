import COpenSSL

/// Bytes that must not outlive their use, such as a password: owned in one place, never printed, and overwritten with
/// zeros when they go away.
public final class Secret: Sendable {
    private let bytes: [UInt8]

    /// Takes over `bytes`. The caller must hold no other copy; what it was made from is the caller's to cleanse.
    public init(_ bytes: consuming [UInt8]) {
        self.bytes = bytes
    }

    deinit {
        // The array is only ever lent out, so this is its one storage.
        unsafe bytes.withUnsafeBytes { buffer in
            unsafe OPENSSL_cleanse(UnsafeMutableRawPointer(mutating: buffer.baseAddress), buffer.count)
        }
    }

    /// The number of bytes.
    public var count: Int { bytes.count }

    /// Whether a zero is among the bytes: to C, they end there.
    var holdsZero: Bool { bytes.contains(0) }

    /// Lends the bytes. They must not be kept or copied into anything that is not cleansed.
    public func withSpan<Result, Failure: Error>(
        _ use: (Span<UInt8>) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        let bytes = self.bytes
        return try use(bytes.span)
    }

    /// Overwrites an array that held a secret with zeros. It must be the only owner of its storage, else the zeros go to
    /// a copy.
    public static func cleanse(_ bytes: inout [UInt8]) {
        unsafe bytes.withUnsafeMutableBufferPointer { unsafe cleanse($0) }
    }

    /// Overwrites memory that held a secret with zeros.
    public static func cleanse(_ buffer: UnsafeMutableBufferPointer<UInt8>) {
        unsafe OPENSSL_cleanse(buffer.baseAddress, buffer.count)
    }
}

extension Secret: CustomStringConvertible, CustomReflectable {
    /// A placeholder: a secret is never part of a text.
    public var description: String { "<secret>" }

    /// No members: `dump` and the debugger's mirror show nothing either.
    public var customMirror: Mirror { Mirror(self, children: []) }
}
