public import System

/// The source of a request body's bytes: libfcgi's stream, standard input, or an array in tests.
public protocol BodySource {
    /// Reads some bytes into `buffer`, waiting for at least one.
    ///
    /// - Returns: the number of bytes read; 0 when there are no more, for whatever reason.
    mutating func read(into buffer: UnsafeMutableRawBufferPointer) -> Int
}

/// The body of a request: bounded, owned in one place, and overwritten with zeros at its end, since it may hold a
/// password.
///
/// ```swift
/// let node = try request.body.bytes.withSpan { text throws(JSONError) in try JSONParser.parse(text) }
/// ```
public final class RequestBody: Sendable {
    /// The way in which a body arrived.
    public enum Arrival: Sendable, Equatable {
        /// In full, as long as declared.
        case complete
        /// Longer than the limit. Nothing of it is kept.
        case tooLarge
        /// Shorter than `CONTENT_LENGTH`: the client hung up, or lied.
        case truncated
    }

    /// The way in which the body arrived. Only a complete one has bytes.
    public let arrival: Arrival

    /// The bytes; they must not be kept.
    public let bytes: WipedArray

    /// An empty body.
    public convenience init() { self.init(bytes: [], arrival: .complete) }

    /// A complete body of these bytes.
    public convenience init(_ bytes: [UInt8]) { self.init(bytes: bytes, arrival: .complete) }

    private init(bytes: [UInt8], arrival: Arrival) {
        self.bytes = WipedArray(bytes)
        self.arrival = arrival
    }

    /// Reads a body to its end, or to one byte past `limit`.
    ///
    /// - Parameters:
    ///   - source: the source of the bytes.
    ///   - declaredLength: `CONTENT_LENGTH`: no more is read (RFC 3875, section 4.2). `nil` reads until the end.
    ///   - limit: the most bytes that are kept.
    public convenience init(from source: inout some BodySource, declaredLength: Int?, limit: Int) {
        if let declaredLength, declaredLength > limit {
            self.init(bytes: [], arrival: .tooLarge)
            return
        }
        let wanted = declaredLength ?? (limit + 1)
        var filled = 0
        var bytes = [UInt8](repeating: 0, count: wanted)
        unsafe bytes.withUnsafeMutableBytes { buffer in
            while filled < wanted {
                let count = unsafe source.read(into: UnsafeMutableRawBufferPointer(rebasing: buffer[filled...]))
                if count <= 0 { break }
                filled += count
            }
        }
        if let declaredLength, filled < declaredLength {
            WipedBytes.wipe(&bytes)
            self.init(bytes: [], arrival: .truncated)
        } else if filled > limit {
            WipedBytes.wipe(&bytes)
            self.init(bytes: [], arrival: .tooLarge)
        } else {
            // Cutting the array down never moves it, so no second copy is left behind.
            bytes.removeLast(wanted - filled)
            self.init(bytes: bytes, arrival: .complete)
        }
    }
}
