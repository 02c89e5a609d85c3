import Cryptography
import Glibc

/// The keys of the installation, as the settings name them.
enum InstalledKeys: Sendable {
    /// No file is named, or the service has an empty one.
    case none
    /// The file cannot be used, for this reason.
    case unusable(reason: String)
    case loaded(Keyring)
    /// The keys from before: the process has given up the right to read the file since, for this reason.
    case kept(Keyring, reason: String)

    /// The keys; `nil` if there is none.
    var keyring: Keyring? {
        switch self {
        case .none, .unusable: nil
        case .loaded(let keyring), .kept(let keyring, _): keyring
        }
    }

    /// The identifiers of the keys, the one in use first; none if there is no key.
    var ids: [KeyID] { keyring?.ids ?? [] }

    /// The identifiers for the log, or `none`.
    var names: String { ids.isEmpty ? "none" : ids.map { "\($0)" }.joined(separator: " ") }
}

extension SettingsSource {
    /// Reads the key file, or notes why it can't be used.
    ///
    /// - Parameters:
    ///   - areRequired: whether that is a fault.
    ///   - present: the keys of the process, which stay if it may not read the same file any more.
    /// - Returns: its path, and the keys.
    mutating func keys(areRequired: Bool, keeping present: PresentKeys?) -> (path: String, keys: InstalledKeys) {
        let (setting, path) = (Settings.keyFile, value(Settings.keyFile))
        guard !path.isEmpty else { return (path, .none) }
        if let fault = KeyPath.fault(of: path) {
            // It may be a key.
            hideText(of: setting, as: "(\(KeyPath.size(of: path)), not shown)")
            if areRequired { note("\(setting.key): \(fault)") }
            return (path, .unusable(reason: "\(setting.key): \(fault)"))
        }
        let reason: String
        do throws(KeyFileFault) {
            return (path, .loaded(Keyring(try KeyFile.read(path, credentials: credentials))))
        } catch {
            // If there is no file, the service gets one without keys in its place, so that it starts.
            if error == .noKey, KeyFile.isCredential(path, credentials) { return (path, .none) }
            reason = "\(setting.key)=\(path): \(error)"
            if let present, present.path == path, case .system(_, EACCES) = error {
                return (path, .kept(present.keyring, reason: reason))
            }
        }
        if areRequired { note(reason) }
        return (path, .unusable(reason: reason))
    }
}

/// The keys that a process has, and the file that it read them from.
struct PresentKeys {
    let path: String
    let keyring: Keyring
}

/// The path of a key file, as a setting or an option names it.
enum KeyPath {
    /// The reason for which a text is not a path that is taken; `nil` if it is one. The text may be a key, so it is
    /// never part of the reason.
    static func fault(of text: String) -> String? {
        guard text.utf8.first != UInt8(ascii: "/") else { return nil }
        return
            "its \(size(of: text)) are not an absolute path. They are not shown, since they may be a key: put that "
            + "into a file, by `postern key create`, and name the file"
    }

    /// The length of a text, for people.
    static func size(of text: String) -> String { text.utf8.count.of("byte", "bytes") }
}
