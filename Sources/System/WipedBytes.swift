import Glibc

/// A buffer that is overwritten with zeros before its memory is given back: for bytes that may be a password.
///
/// ```swift
/// var buffer = WipedBytes(count: 64 * 1024)
/// let received = unsafe recv(connection, buffer.start, buffer.count, 0)
/// // …
/// buffer.wipe(received)
/// ```
@safe public struct WipedBytes: ~Copyable, Sendable {
    // Owned by this value alone, which cannot be copied: so it may be sent to another thread.
    private nonisolated(unsafe) let buffer: UnsafeMutableRawBufferPointer

    /// Allocates a buffer, with zeros in it.
    ///
    /// - Parameter count: the bytes, at least 1.
    public init(count: Int) {
        unsafe buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: count, alignment: 16)
        unsafe buffer.initializeMemory(as: UInt8.self, repeating: 0)
    }

    deinit {
        unsafe Self.wipe(buffer)
        unsafe buffer.deallocate()
    }

    /// The number of bytes.
    public var count: Int { unsafe buffer.count }

    /// The buffer. It must not be used after this value is gone.
    public var bytes: UnsafeMutableRawBufferPointer { unsafe buffer }

    /// Overwrites the first bytes with zeros.
    public func wipe(_ count: Int) {
        unsafe Self.wipe(UnsafeMutableRawBufferPointer(rebasing: buffer[..<count]))
    }

    /// Overwrites memory with zeros. The compiler does not leave it out.
    public static func wipe(_ buffer: UnsafeMutableRawBufferPointer) {
        if let base = buffer.baseAddress { unsafe explicit_bzero(base, buffer.count) }
    }

    /// Overwrites an array with zeros. It must be the only owner of its storage, else the zeros go to a copy.
    public static func wipe(_ bytes: inout [UInt8]) {
        unsafe bytes.withUnsafeMutableBytes { unsafe wipe($0) }
    }

    /// Overwrites an array with zeros that is about to be released by its only owner.
    ///
    /// For a `deinit`, in which the array can't be changed any more. Its storage must never have been shared.
    public static func wipeStorage(of bytes: borrowing [UInt8]) {
        unsafe bytes.withUnsafeBytes { unsafe wipe(UnsafeMutableRawBufferPointer(mutating: $0)) }
    }
}

/// An array of bytes that is only ever lent out, and overwritten with zeros when it goes away.
///
/// ```swift
/// let bytes = WipedArray(password)
/// let length = bytes.withSpan { $0.count }
/// ```
public struct WipedArray: ~Copyable, Sendable {
    private let bytes: [UInt8]

    /// Takes over `bytes`, of which the caller must hold no other copy.
    public init(_ bytes: consuming [UInt8]) { self.bytes = bytes }

    // Nobody else has the array, so this is its one storage.
    deinit { WipedBytes.wipeStorage(of: bytes) }

    /// The number of bytes.
    public var count: Int { bytes.count }

    /// Lends the bytes. They must not be kept or copied into a buffer that is not wiped.
    public func withSpan<Result, Failure: Error>(
        _ use: (Span<UInt8>) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        try use(bytes.span)
    }
}
