import Foundation
import TestSupport
import Testing

/// Tests of the real binary and real servers. One after the other: each uses all processors, and waits for processes.
@Suite(.serialized) enum Integration {}

/// The result of a program that has ended.
struct Outcome: Sendable {
    let status: Int32
    let output: Data
    let errors: String

    var text: String { String(decoding: output, as: UTF8.self) }

    /// The output as a JSON object; empty if it is none.
    var object: [String: Any] { (try? JSONSerialization.jsonObject(with: output)) as? [String: Any] ?? [:] }
}

/// The paths of the project and of the program under test.
enum Paths {
    /// The project's top folder.
    static let root = Repository.root.path

    /// The binary: the one that `POSTERN_BINARY` names, else the debug build.
    static let binary = ProcessInfo.processInfo.environment["POSTERN_BINARY"] ?? "\(root)/.build/debug/postern"
}

/// Runs a program to its end.
///
/// - Parameters:
///   - environment: all that the program sees, beside a PATH.
///   - input: its standard input; empty by default.
func run(
    _ executable: String, _ arguments: [String] = [], environment: [String: String] = [:], input: Data = Data()
) throws -> Outcome {
    let folder = try ScratchFolder()
    let (inputPath, outputPath, errorPath) = (folder.path("in"), folder.path("out"), folder.path("err"))
    try input.write(to: URL(fileURLWithPath: inputPath))
    for path in [outputPath, errorPath] { try Data().write(to: URL(fileURLWithPath: path)) }
    let process = Process()
    // Files, unlike pipes, cannot fill up, and another child that inherits them holds nothing open.
    process.standardInput = FileHandle(forReadingAtPath: inputPath)
    process.standardOutput = FileHandle(forWritingAtPath: outputPath)
    process.standardError = FileHandle(forWritingAtPath: errorPath)
    try start(process, executable, arguments, environment)
    process.waitUntilExit()
    return Outcome(
        status: process.terminationStatus, output: try Data(contentsOf: URL(fileURLWithPath: outputPath)),
        errors: String(decoding: try Data(contentsOf: URL(fileURLWithPath: errorPath)), as: UTF8.self))
}

/// Starts a program found by its path or in the usual folders.
func start(_ process: Process, _ executable: String, _ arguments: [String], _ environment: [String: String]) throws {
    let folders = ["/usr/local/bin", "/usr/bin", "/bin", "/usr/local/sbin", "/usr/sbin", "/sbin"]
    let path =
        executable.contains("/")
        ? executable
        : folders.map { "\($0)/\(executable)" }.first(where: FileManager.default.isExecutableFile) ?? executable
    process.executableURL = URL(fileURLWithPath: path)
    process.arguments = arguments
    process.environment = environment.merging(["PATH": folders.joined(separator: ":")]) { given, _ in given }
    try process.run()
}

/// A folder that goes away with its last user.
final class ScratchFolder: Sendable {
    let path: String

    init() throws {
        path = FileManager.default.temporaryDirectory.appendingPathComponent("postern-\(UUID().uuidString)").path
        try FileManager.default.createDirectory(
            atPath: path, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o755])
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }

    func path(_ name: String) -> String { "\(path)/\(name)" }
}
