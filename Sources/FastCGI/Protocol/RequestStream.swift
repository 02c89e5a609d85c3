import CFastCGI
import HTTP
import System

/// The body of the request that libfcgi reads. Bytes are wiped in the library's buffer once they have been taken from
/// it: they may be a password.
@safe struct RequestStream: BodySource {
    private let stream: UnsafeMutablePointer<FCGX_Stream>?

    /// A body without a byte, for which no thread waits.
    static var empty: RequestStream { unsafe RequestStream(nil) }

    init(_ stream: UnsafeMutablePointer<FCGX_Stream>?) { unsafe self.stream = stream }

    func read(into buffer: UnsafeMutableRawBufferPointer) -> Int {
        guard let base = buffer.baseAddress, buffer.count > 0, refill() else { return 0 }
        return unsafe take(upTo: buffer.count) { unsafe base.copyMemory(from: $0, byteCount: $1) }
    }

    /// Reads on to the end of the stream and throws everything away.
    ///
    /// - Returns: whether the end came, so that the connection is ready for another request.
    func discardRest() -> Bool {
        while refill() { unsafe _ = take(upTo: .max) { _, _ in } }
        guard let stream = unsafe stream else { return false }
        return unsafe FCGX_GetError(stream) == 0
    }

    /// Makes sure that the library's buffer holds something. False at the end of the stream.
    private func refill() -> Bool {
        guard let stream = unsafe stream else { return false }
        if unsafe stream.pointee.rdNext != stream.pointee.stop { return true }
        let byte = unsafe FCGX_GetChar(stream)
        return unsafe byte >= 0 && FCGX_UnGetChar(byte, stream) >= 0
    }

    private func take(upTo most: Int, _ use: (UnsafeRawPointer, Int) -> Void) -> Int {
        guard let stream = unsafe stream, let start = unsafe stream.pointee.rdNext, let end = unsafe stream.pointee.stop
        else { return 0 }
        let count = unsafe min(end - start, most)
        unsafe use(UnsafeRawPointer(start), count)
        unsafe WipedBytes.wipe(UnsafeMutableRawBufferPointer(start: start, count: count))
        unsafe stream.pointee.rdNext = start + count
        return count
    }
}
