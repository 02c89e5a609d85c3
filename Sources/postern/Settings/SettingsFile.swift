import Foundation
import Glibc

/// An environment file as systemd reads it: `KEY=value` lines, comments with `#` or `;`, and quotation marks around a
/// value.
struct SettingsFile {
    /// The file that is read where none is named; it may be missing.
    static let defaultPath = "/etc/postern/postern.env"

    /// Names no file: there are no settings but those of the environment.
    private static let nothing = "/dev/null"
    /// Many times what all settings take. A file that never ends is not read for ever.
    private static let limit = 1 << 20

    let path: String
    private(set) var variables: [String: String] = [:]
    private(set) var faults: [String] = []
    private(set) var warnings: [String] = []

    /// Reads a file; what is wrong with it is among its faults.
    ///
    /// - Parameter named: the path as `POSTERN_CONFIG` gives it, if it does.
    /// - Returns: `nil` where there is no file to read: none is named and the usual one is missing, or none is wanted.
    init?(named: String?) {
        path = named ?? Self.defaultPath
        let name = named.map { "\(SettingsSource.fileVariable)=\($0)" } ?? path
        guard !path.isEmpty else {
            faults = ["\(name) is empty: name a file, or \(Self.nothing) for none"]
            return
        }
        // A FIFO without a writer would hold the program up here.
        let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY)
        let code = errno
        guard descriptor >= 0 else {
            if named == nil && code == ENOENT && !isDanglingLink { return nil }
            faults = ["\(name): \(Self.words(for: code))"]
            return
        }
        defer { close(descriptor) }
        var information = stat()
        guard unsafe fstat(descriptor, &information) == 0 else {
            faults = ["\(name): \(Self.words(for: errno))"]
            return
        }
        if Self.isNothing(information) { return nil }
        guard information.st_mode & S_IFMT == S_IFREG else {
            faults = ["\(name) is not a regular file: name one, or \(Self.nothing) for none"]
            return
        }
        if information.st_mode & 0o002 != 0 {
            warnings.append("everybody may change the settings in \(path): run `chmod o-w \(path)`")
        }
        read(descriptor, name)
    }

    /// Whether the path is a symbolic link; one that leads to a file could have been opened.
    private var isDanglingLink: Bool {
        var information = stat()
        return unsafe lstat(path, &information) == 0
    }

    private static func isNothing(_ information: stat) -> Bool {
        var null = stat()
        guard unsafe stat(nothing, &null) == 0 else { return false }
        return information.st_mode & S_IFMT == S_IFCHR && information.st_rdev == null.st_rdev
    }

    private static func words(for code: Int32) -> String {
        switch code {
        case ENOENT, ENOTDIR: "there is no such file"
        case EACCES:
            "it cannot be read by this user: run this as the user that serves, or name other settings with "
                + "\(SettingsSource.fileVariable) (\(nothing) for none)"
        default: "it cannot be read: \(unsafe String(cString: strerror(code)))"
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
                faults.append("\(name): \(Self.words(for: code))")
                return
            }
            count += more
        }
        guard count <= Self.limit else {
            faults.append("\(name) is longer than \(Self.limit >> 20) MiB: it is not a file of settings")
            return
        }
        var text = bytes.prefix(count)
        // The mark at the beginning by which editors on Windows know UTF-8.
        if text.starts(with: [0xEF, 0xBB, 0xBF]) { text = text.dropFirst(3) }
        guard !text.contains(0), let text = String(validating: text, as: UTF8.self) else {
            faults.append("\(name) is not UTF-8 text: save it as such")
            return
        }
        parse(text)
    }

    private mutating func parse(_ text: String) {
        for (index, line) in text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline).enumerated() {
            let line = line.trimmingCharacters(in: .whitespaces)
            if line.isEmpty || line.hasPrefix("#") || line.hasPrefix(";") { continue }
            guard let equals = line.firstIndex(of: "="), equals != line.startIndex else {
                faults.append("\(path), line \(index + 1): expected KEY=value")
                continue
            }
            var value = line[line.index(after: equals)...].trimmingCharacters(in: .whitespaces)
            for quote in ["\"", "'"] where value.count >= 2 && value.hasPrefix(quote) && value.hasSuffix(quote) {
                value = String(value.dropFirst().dropLast())
                break
            }
            let key = line[..<equals].trimmingCharacters(in: .whitespaces)
            if variables.updateValue(value, forKey: key) != nil {
                faults.append("\(path), line \(index + 1): \(key) stands twice")
            }
        }
    }
}
