import Configuration

/// Where settings come from: the environment over an environment file.
struct SettingsSource {
    /// The environment variable that names the file.
    static let fileVariable = "POSTERN_CONFIG"

    /// What was found wrong.
    private(set) var faults: [String]
    /// What works but should be known.
    let warnings: [String]
    /// The file that was read; `nil` where there is none.
    let file: String?

    private let environment: [String: String]
    private let fileVariables: [String: String]
    private let reader: ConfigReader

    init(environment: [String: String]) {
        let prefixed = environment.filter { $0.key.hasPrefix("POSTERN_") && $0.key != Self.fileVariable }
        let settingsFile = SettingsFile(named: environment[Self.fileVariable])
        let variables = settingsFile?.variables ?? [:]
        let unknown = prefixed.filter { Setting(rawValue: $0.key) == nil }
        let links = unknown.filter { ServiceLink.isOne($0.key, $0.value) }.keys.sorted()
        let wrong = Set(unknown.keys).subtracting(links).union(variables.keys.filter { Setting(rawValue: $0) == nil })
        faults =
            (settingsFile?.faults ?? [])
            + wrong.sorted().map { "\($0) is not a setting: see `postern check` for all there are" }
        warnings = (settingsFile?.warnings ?? []) + (links.isEmpty ? [] : [Self.words(on: links)])
        self.environment = prefixed
        self.fileVariables = variables
        self.file = settingsFile?.path
        self.reader = ConfigReader(providers: [
            EnvironmentVariablesProvider(environmentVariables: prefixed),
            EnvironmentVariablesProvider(environmentVariables: variables),
        ])
    }

    private static func words(on links: [String]) -> String {
        "\(links.joined(separator: ", ")): not settings, but the variables that Kubernetes makes for a service whose name "
            + "begins with \"postern\"; they are ignored, and `enableServiceLinks: false` in the pod keeps them away"
    }

    /// The text of a setting, or its default.
    func text(_ setting: Setting) -> String {
        reader.string(forKey: ConfigKey([setting.rawValue.lowercased()]), default: setting.defaultText)
    }

    /// Where the text comes from, for people.
    func origin(of setting: Setting) -> String {
        if environment[setting.rawValue] != nil { return "environment" }
        if fileVariables[setting.rawValue] != nil { return file ?? SettingsFile.defaultPath }
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
}
