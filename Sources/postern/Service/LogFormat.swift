import Glibc
import Identity
import JSON
import Logging

/// The form of the log's lines.
///
/// ```swift
/// let format = LogFormat(.text, isForJournal: false, clock: .system)
/// format.line(.info, "stopped", ["reason": "a signal"])
/// // 2026-02-08T14:12:45Z info: stopped reason="a signal"
/// ```
struct LogFormat: Sendable {
    /// The choices of `POSTERN_LOG_FORMAT`.
    enum Style: String, Sendable {
        /// The level, the event, and its fields as `name=value` (logfmt).
        case text
        /// One JSON object with the members `time`, `level`, `event` and the fields (RFC 8259).
        case json
    }

    let style: Style
    /// True if systemd's journal reads the lines: each begins with its priority (sd-daemon(3)), and a text has no time,
    /// since the journal has its own.
    let isForJournal: Bool
    let clock: WallClock

    init(_ style: Style = .text, isForJournal: Bool, clock: WallClock) {
        self.style = style
        self.isForJournal = isForJournal
        self.clock = clock
    }

    /// The format for this process's standard error.
    init(_ style: Style, _ environment: ProgramEnvironment) {
        self.init(
            style, isForJournal: Journal.reads(STDERR_FILENO, environment.variables), clock: environment.clock)
    }

    /// Writes a line, with its line end. Nothing in an event or a field can begin another line or another field.
    func line(_ level: Logger.Level, _ event: String, _ fields: Logger.Metadata) -> [UInt8] {
        var bytes: [UInt8] = []
        // The line of a request has some 200.
        bytes.reserveCapacity(256)
        if isForJournal { bytes += level.journalPrefix.utf8 }
        switch style {
        case .text: appendText(level, event, fields, to: &bytes)
        case .json: appendJSON(level, event, fields, to: &bytes)
        }
        bytes.append(UInt8(ascii: "\n"))
        return bytes
    }

    private func appendText(
        _ level: Logger.Level, _ event: String, _ fields: Logger.Metadata, to bytes: inout [UInt8]
    ) {
        if !isForJournal {
            bytes += clock.now().description.utf8
            bytes.append(UInt8(ascii: " "))
        }
        bytes += level.rawValue.utf8
        bytes += ": ".utf8
        if event.utf8.allSatisfy({ (0x20..<0x7F).contains($0) }) {
            bytes += event.utf8
        } else {
            for scalar in event.unicodeScalars { JSONString.appendPrintable(scalar, to: &bytes) }
        }
        for field in LogField.inOrder(fields) {
            bytes.append(UInt8(ascii: " "))
            bytes += field.name.utf8
            bytes.append(UInt8(ascii: "="))
            if LogField.isWord(field.value) {
                bytes += field.value.utf8
            } else {
                JSONString.appendPrintable(field.value, to: &bytes)
            }
        }
    }

    private func appendJSON(
        _ level: Logger.Level, _ event: String, _ fields: Logger.Metadata, to bytes: inout [UInt8]
    ) {
        var writer = JSONWriter(capacity: 512)
        writer.beginObject()
        writer.key("time")
        writer.string(clock.now().description)
        writer.key("level")
        writer.string(level.rawValue)
        writer.key("event")
        writer.printable(event)
        for field in LogField.inOrder(fields) {
            writer.key(JSONKey(field.name))
            if LogField.isNumber(field.name, field.value) {
                writer.written(Array(field.value.utf8))
            } else {
                writer.printable(field.value)
            }
        }
        writer.endObject()
        bytes += writer.bytes
    }
}

extension JSONWriter {
    /// Writes a string in which a terminal prints every character.
    fileprivate mutating func printable(_ text: String) {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(text.utf8.count + 2)
        JSONString.appendPrintable(text, to: &bytes)
        written(bytes)
    }
}

extension Logger.Level {
    /// The priority by which the journal files a line (sd-daemon(3)).
    var journalPrefix: String {
        switch self {
        case .trace, .debug: "<7>"
        case .info: "<6>"
        case .notice: "<5>"
        case .warning: "<4>"
        case .error: "<3>"
        case .critical: "<2>"
        }
    }
}

/// The journal of systemd as the reader of a descriptor.
enum Journal {
    /// True if a descriptor leads to the journal: `JOURNAL_STREAM` names device and inode of its stream
    /// (systemd.exec(5)). A process that was started with another descriptor inherits the variable all the same.
    static func reads(_ descriptor: Int32, _ variables: [String: String]) -> Bool {
        guard let stream = variables["JOURNAL_STREAM"] else { return false }
        var information = stat()
        guard unsafe fstat(descriptor, &information) == 0 else { return false }
        return stream == "\(information.st_dev):\(information.st_ino)"
    }
}
