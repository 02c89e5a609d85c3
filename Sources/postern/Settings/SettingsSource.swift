import Configuration
import Foundation

/// Where settings come from: the environment over an environment file.
struct SettingsSource {
    /// The environment variable that names the file.
    static let fileVariable = "POSTERN_CONFIG"
    /// The file that is read where none is named; it may be missing.
    static let defaultFile = "/etc/postern/postern.env"

    /// What was found wrong.
    private(set) var faults: [String] = []
    /// The file that was read; `nil` where there is none.
    let file: String?

    private let environment: [String: String]
    private let fileVariables: [String: String]
    private let reader: ConfigReader

    init(environment: [String: String]) {
        let prefixed = environment.filter { $0.key.hasPrefix("POSTERN_") && $0.key != Self.fileVariable }
        var faults: [String] = []
        let named = environment[Self.fileVariable]
        let contents = Self.contents(of: named, &faults)
        let variables = contents.map { Self.variables(in: $0, file: named ?? Self.defaultFile, &faults) } ?? [:]
        for key in Set(prefixed.keys).union(variables.keys).sorted() where Setting(rawValue: key) == nil {
            faults.append("\(key) is no setting: see `postern check` for all there are")
        }
        self.environment = prefixed
        self.fileVariables = variables
        self.file = contents == nil ? nil : named ?? Self.defaultFile
        self.reader = ConfigReader(providers: [
            EnvironmentVariablesProvider(environmentVariables: prefixed),
            EnvironmentVariablesProvider(environmentVariables: variables),
        ])
        self.faults = faults
    }

    /// The text of a setting, or its default.
    func text(_ setting: Setting) -> String {
        reader.string(forKey: ConfigKey([setting.rawValue.lowercased()]), default: setting.defaultText)
    }

    /// Where the text comes from, for people.
    func origin(of setting: Setting) -> String {
        if environment[setting.rawValue] != nil { return "environment" }
        if fileVariables[setting.rawValue] != nil { return file ?? Self.defaultFile }
        return "default"
    }

    /// Reads a setting; where its text is wrong, that is noted and the default stands in.
    mutating func value<Value>(_ setting: Setting, _ read: (String) -> Value?) -> Value? {
        if let value = read(text(setting)) { return value }
        faults.append("\(setting.rawValue)=\(text(setting)): \(setting.summary)")
        return read(setting.defaultText)
    }

    /// Notes a fault that more than one setting makes.
    mutating func note(_ fault: String) {
        faults.append(fault)
    }

    private static func contents(of named: String?, _ faults: inout [String]) -> String? {
        let path = named ?? defaultFile
        guard FileManager.default.fileExists(atPath: path) else {
            if named != nil { faults.append("\(fileVariable)=\(path): there is no such file") }
            return nil
        }
        do {
            return try String(contentsOfFile: path, encoding: .utf8)
        } catch {
            faults.append("\(path) cannot be read as UTF-8 text: see its mode and owner")
            return nil
        }
    }

    /// The variables of an environment file as systemd reads it: `KEY=value` lines, comments with `#` or `;`, and
    /// quotation marks around a value.
    private static func variables(
        in contents: String, file: String, _ faults: inout [String]
    ) -> [String: String] {
        var variables: [String: String] = [:]
        for (index, line) in contents.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline).enumerated()
        {
            let line = line.trimmingCharacters(in: .whitespaces)
            if line.isEmpty || line.hasPrefix("#") || line.hasPrefix(";") { continue }
            guard let equals = line.firstIndex(of: "="), equals != line.startIndex else {
                faults.append("\(file), line \(index + 1): expected KEY=value")
                continue
            }
            var value = line[line.index(after: equals)...].trimmingCharacters(in: .whitespaces)
            for quote in ["\"", "'"] where value.count >= 2 && value.hasPrefix(quote) && value.hasSuffix(quote) {
                value = String(value.dropFirst().dropLast())
                break
            }
            let key = line[..<equals].trimmingCharacters(in: .whitespaces)
            if variables.updateValue(value, forKey: key) != nil {
                faults.append("\(file), line \(index + 1): \(key) stands twice")
            }
        }
        return variables
    }
}
