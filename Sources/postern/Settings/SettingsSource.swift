import Identity
import Storage

/// The source of settings: the environment, over an environment file. It collects every fault, rather than stop at the
/// first.
///
/// ```swift
/// var source = SettingsSource(environment: ["POSTERN_WORKERS": "8"])
/// let workers = source.value(Settings.workers)  // 8
/// source.refuseUnknown()
/// ```
struct SettingsSource {
    /// The environment variable that names the file.
    static let fileVariable = "POSTERN_CONFIG"

    /// The settings read so far, in order.
    private(set) var settings: [ReadSetting] = []
    /// Faults: each keeps the program from starting.
    private(set) var faults: [String]
    /// Warnings: the settings can be used, but an operator should know.
    private(set) var warnings: [String]
    /// Tells that the place of the database was refused, so that the default stands in, about which nobody asked.
    var refusesDatabase = false
    /// The path of the file that was read; `nil` if there is none.
    let file: String?
    /// The folder in which systemd has the credentials of a service; `nil` for a process without any.
    let credentials: String?

    private let environment: [String: String]
    private let fileVariables: [String: String]
    /// The names that were looked up, former names included.
    private var known: Set<String> = []

    init(environment: [String: String]) {
        let settingsFile = SettingsFile(named: environment[Self.fileVariable])
        self.environment = environment.filter { $0.key.hasPrefix("POSTERN_") && $0.key != Self.fileVariable }
        credentials = environment["CREDENTIALS_DIRECTORY"]
        fileVariables = settingsFile?.variables ?? [:]
        faults = settingsFile?.faults ?? []
        warnings = settingsFile?.warnings ?? []
        file = settingsFile?.path
    }

    /// Reads a setting. If its text is not valid, notes a fault and returns the default.
    mutating func value<Value>(_ setting: Setting<Value>) -> Value {
        let (name, text, origin) = text(of: setting)
        settings.append(
            ReadSetting(
                key: setting.key, text: text, defaultText: setting.defaultText, origin: origin,
                isReloadable: setting.isReloadable, help: setting.help))
        if let value = setting.reader.read(text) { return value }
        note("\(name)\(text.isEmpty ? " is empty, and" : "=\(text) is") not \(setting.reader.expected)")
        guard let value = setting.reader.read(setting.defaultText) else {
            preconditionFailure("the default of \(setting.key) is not valid")
        }
        return value
    }

    /// Notes a fault that is not in the text of one setting.
    mutating func note(_ fault: String) { faults.append(fault) }

    /// Notes a risk that does not keep the settings from being used.
    mutating func warn(_ warning: String) { warnings.append(warning) }

    /// Replaces the text of a setting that was read by one that may be shown.
    mutating func hideText<Value>(of setting: Setting<Value>, as shown: String) {
        for index in settings.indices where settings[index].key == setting.key { settings[index].text = shown }
    }

    /// Notes every variable that no setting has looked up. To be called when all settings have been read.
    mutating func refuseUnknown() {
        let unknown = environment.filter { !known.contains($0.key) }
        let links = unknown.filter { KubernetesVariable.matches($0.key, $0.value) }.keys.sorted()
        let wrong = Set(unknown.keys).subtracting(links).union(fileVariables.keys.filter { !known.contains($0) })
        let names = settings.map(\.key) + [Self.fileVariable]
        faults += wrong.sorted().map { name in
            let meant = NearestName.of(name, among: names).map { "did you mean \($0)?" }
            return "\(name) is unknown: \(meant ?? "`postern check --all` lists the settings")"
        }
        guard !links.isEmpty else { return }
        warnings.append(
            "\(links.joined(separator: ", ")): not settings, but variables that Kubernetes sets for a service whose "
                + "name begins with \"postern\"; they are ignored, and `enableServiceLinks: false` in the pod keeps "
                + "them away"
        )
    }

    /// The text of a setting, or its default, and the name and place under which it was found. The present name
    /// takes precedence over a former one, even over one in the environment.
    private mutating func text<Value>(of setting: Setting<Value>) -> (name: String, text: String, origin: String) {
        let (present, former) = (lookUp(setting.key), setting.formerKey.flatMap { lookUp($0) })
        if let key = setting.formerKey, let former {
            warnings.append(Self.notice(on: key, former.text, renamed: setting.key, present?.text))
        }
        if let present { return (setting.key, present.text, present.origin) }
        if let key = setting.formerKey, let former { return (key, former.text, former.origin) }
        return (setting.key, setting.defaultText, "default")
    }

    private mutating func lookUp(_ name: String) -> (text: String, origin: String)? {
        known.insert(name)
        if let text = environment[name] { return (text, "environment") }
        return fileVariables[name].map { ($0, file ?? SettingsFile.defaultPath) }
    }

    private static func notice(on former: String, _ text: String, renamed key: String, _ present: String?) -> String {
        switch present {
        case nil: "\(former) is now named \(key): rename it; the old name is read until version 1.0"
        case text: "\(former) is now named \(key), which is set too: remove \(former)"
        case let present?:
            "\(former) is now named \(key), and the two differ: \(key)=\(present) counts; remove \(former)=\(text)"
        }
    }
}

/// The environment variables that Kubernetes sets in every container for each service in its namespace
/// (https://kubernetes.io/docs/concepts/services-networking/service/#environment-variables). Those of a service whose
/// name begins with "postern" look like settings.
enum KubernetesVariable {
    /// True for the name and the value of such a variable, but not for `POSTERN_PORT=8443`, an unknown setting.
    static func matches(_ name: String, _ value: String) -> Bool {
        let host = (/POSTERN(_[A-Z0-9_]+)?_SERVICE_HOST/, /[0-9A-Fa-f.:]+/)
        let port = (/POSTERN(_[A-Z0-9_]+)?_SERVICE_PORT(_[A-Z0-9_]+)?/, /[0-9]{1,5}/)
        let url = (/POSTERN(_[A-Z0-9_]+)?_PORT(_[0-9]+_(TCP|UDP|SCTP))?/, /(tcp|udp|sctp):\/\/[0-9A-Fa-f.:\[\]]+/)
        let part = (
            /POSTERN(_[A-Z0-9_]+)?_PORT_[0-9]+_(TCP|UDP|SCTP)_(PROTO|PORT|ADDR)/, /tcp|udp|sctp|[0-9A-Fa-f.:]+/
        )
        return name.wholeMatch(of: host.0) != nil && value.wholeMatch(of: host.1) != nil
            || name.wholeMatch(of: port.0) != nil && value.wholeMatch(of: port.1) != nil
            || name.wholeMatch(of: url.0) != nil && value.wholeMatch(of: url.1) != nil
            || name.wholeMatch(of: part.0) != nil && value.wholeMatch(of: part.1) != nil
    }
}

extension SettingsSource {
    /// Reads where the database is, or notes why that is not understood. A password in it is never shown.
    mutating func database() -> DatabaseLocation {
        let text = value(Settings.database)
        do throws(DatabaseLocation.Fault) {
            // One that is understood has no password: so it is shown as it is.
            return try DatabaseLocation(text)
        } catch {
            hideText(of: Settings.database, as: "(not shown, since it is not understood)")
            note("\(Settings.database.key): \(error)")
            refusesDatabase = true
            return .sqlite(path: Settings.database.defaultText)
        }
    }
}
