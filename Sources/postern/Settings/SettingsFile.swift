import Glibc
import System

/// An environment file in systemd's form: `KEY=value` lines, comments after `#` or `;`, and quotation marks around a
/// value.
struct SettingsFile {
    /// The file that is read if none is named. It may be missing.
    static let defaultPath = "/etc/postern/postern.env"

    /// The path that stands for no file: settings come from the environment alone.
    private static let nothing = "/dev/null"
    /// The most bytes that are read: many times the size of all settings, and a bound for a file that never ends.
    private static let limit = 1 << 20

    let path: String
    private(set) var variables: [String: String] = [:]
    private(set) var faults: [String] = []
    private(set) var warnings: [String] = []

    /// Reads a file, and collects what is wrong with it in `faults`.
    ///
    /// - Parameter named: the value of `POSTERN_CONFIG`, if it is set.
    /// - Returns: `nil` if there is no file to read: none is named and the default one is missing, or the null device
    ///   is named.
    init?(named: String?) {
        path = named ?? Self.defaultPath
        let name = named.map { "\(SettingsSource.fileVariable)=\($0)" } ?? path
        guard !path.isEmpty else {
            faults = ["\(name) is empty: name a file, or \(Self.nothing) for none"]
            return
        }
        // O_NONBLOCK: opening a FIFO without a writer would block.
        let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY)
        let code = errno
        guard descriptor >= 0 else {
            if named == nil && code == ENOENT && !isDanglingLink { return nil }
            faults = ["\(name): \(words(for: code))"]
            return
        }
        defer { close(descriptor) }
        var information = stat()
        guard unsafe fstat(descriptor, &information) == 0 else {
            faults = ["\(name): \(words(for: errno))"]
            return
        }
        if Self.isNothing(information) { return nil }
        guard information.st_mode & S_IFMT == S_IFREG else {
            let what = information.st_mode & S_IFMT == S_IFDIR ? "a directory" : "not a regular file"
            faults = ["\(name) is \(what): name a file of settings, or \(Self.nothing) for none"]
            return
        }
        if information.st_mode & 0o002 != 0 {
            warnings.append("everybody may change the settings in \(path): run `chmod o-w \(path)`")
        }
        read(descriptor, name)
    }

    /// True if the path, which could not be opened, is a symbolic link.
    private var isDanglingLink: Bool {
        var information = stat()
        return unsafe lstat(path, &information) == 0
    }

    private static func isNothing(_ information: stat) -> Bool {
        var null = stat()
        guard unsafe stat(nothing, &null) == 0 else { return false }
        return information.st_mode & S_IFMT == S_IFCHR && information.st_rdev == null.st_rdev
    }

    private func words(for code: Int32) -> String {
        switch code {
        case EACCES:
            "\(pathFault(path, code)); or name other settings with \(SettingsSource.fileVariable) "
                + "(\(Self.nothing) for none)"
        default: pathFault(path, code)
        }
    }

    private mutating func read(_ descriptor: Int32, _ name: String) {
        var bytes = [UInt8](repeating: 0, count: Self.limit + 1)
        var count = 0
        while count < bytes.count {
            let (start, rest) = (count, bytes.count - count)
            let more = unsafe bytes.withUnsafeMutableBytes {
                unsafe Glibc.read(descriptor, $0.baseAddress.map { unsafe $0 + start }, rest)
            }
            let code = errno
            if more == 0 { break }
            if more < 0 && code == EINTR { continue }
            guard more > 0 else {
                faults.append("\(name): \(words(for: code))")
                return
            }
            count += more
        }
        guard count <= Self.limit else {
            faults.append("\(name) is longer than \(Self.limit >> 20) MiB: it is not a settings file")
            return
        }
        var text = bytes.prefix(count)
        // The byte order mark, which editors on Windows write before UTF-8.
        if text.starts(with: [0xEF, 0xBB, 0xBF]) { text = text.dropFirst(3) }
        guard !text.contains(0), let text = String(validating: text, as: UTF8.self) else {
            faults.append("\(name) is not UTF-8 text: save it as such")
            return
        }
        parse(text)
    }

    private mutating func parse(_ text: String) {
        for (index, line) in text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline).enumerated() {
            let line = line.trimmed
            if line.isEmpty || line.hasPrefix("#") || line.hasPrefix(";") { continue }
            guard let equals = line.firstIndex(of: "="), equals != line.startIndex else {
                faults.append("\(path), line \(index + 1): expected KEY=value")
                continue
            }
            var value = line[line.index(after: equals)...].trimmed
            for quote in ["\"", "'"] where value.count >= 2 && value.hasPrefix(quote) && value.hasSuffix(quote) {
                value = value.dropFirst().dropLast()
                break
            }
            let key = String(line[..<equals].trimmed)
            if variables.updateValue(String(value), forKey: key) != nil {
                faults.append("\(path), line \(index + 1): \(key) is set twice")
            }
        }
    }
}

extension Substring {
    /// The text without the white space around it.
    fileprivate var trimmed: Substring {
        let end = lastIndex { !$0.isWhitespace }.map { index(after: $0) } ?? startIndex
        return self[..<end].drop(while: \.isWhitespace)
    }
}
