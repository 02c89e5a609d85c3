import Glibc
import Logging

/// Writes the events of a logger as lines.
///
/// ```swift
/// var logger = Logger(label: "postern") { _ in LineLogHandler(format) { output.write($0) } }
/// logger.logLevel = .warning
/// ```
struct LineLogHandler: LogHandler {
    let format: LogFormat
    /// Takes a line, with its line end.
    let write: @Sendable ([UInt8]) -> Void
    var logLevel = Logger.Level.info
    var metadata: Logger.Metadata = [:]
    var metadataProvider: Logger.MetadataProvider?

    init(_ format: LogFormat, write: @escaping @Sendable ([UInt8]) -> Void) {
        self.format = format
        self.write = write
    }

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    func log(event: LogEvent) {
        var fields = event.metadata ?? [:]
        if let metadataProvider { fields.merge(metadataProvider.get()) { own, _ in own } }
        if !metadata.isEmpty { fields.merge(metadata) { own, _ in own } }
        write(format.line(event.level, event.message.description, fields))
    }

    /// A handler that writes to standard error itself, whose reader may stall the process.
    static func standardError(_ format: LogFormat) -> LineLogHandler {
        LineLogHandler(format) { line in
            var rest = line[...]
            while !rest.isEmpty {
                let count = unsafe rest.withUnsafeBytes { unsafe Glibc.write(STDERR_FILENO, $0.baseAddress, $0.count) }
                let code = errno
                // There is nowhere to report a failure to.
                guard count > 0 || code == EINTR else { return }
                rest = rest.dropFirst(max(count, 0))
            }
        }
    }
}
