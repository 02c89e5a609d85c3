import Foundation

/// The lines of a `status` file in /proc.
struct ProcessStatus {
    private let lines: [String: String]

    init(_ path: String) throws {
        let text = try String(contentsOfFile: path, encoding: .utf8)
        lines = Dictionary(
            text.split(separator: "\n").compactMap { line in
                guard let colon = line.firstIndex(of: ":") else { return nil }
                let value = line[line.index(after: colon)...].trimmingCharacters(in: .whitespaces)
                return (String(line[..<colon]), value)
            }, uniquingKeysWith: { first, _ in first })
    }

    init(of process: Int32) throws { try self.init("/proc/\(process)/status") }

    subscript(key: String) -> String? { lines[key] }

    /// The number that a line begins with; for memory, KiB.
    func number(_ key: String) -> Int? { lines[key]?.split(separator: " ").first.flatMap { Int($0) } }
}
