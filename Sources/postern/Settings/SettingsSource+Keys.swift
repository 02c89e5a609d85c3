import Cryptography

/// The keys of the installation, as the settings name them.
enum InstalledKeys: Sendable {
    /// No file is named, or the service has an empty one.
    case none
    /// The file cannot be used, for this reason.
    case unusable(reason: String)
    case loaded(Keyring)

    /// The identifiers of the keys, the one in use first; none where there is no key.
    var ids: [KeyID] { if case .loaded(let keyring) = self { keyring.ids } else { [] } }
}

extension SettingsSource {
    /// Reads the key file, or notes why it can't be used.
    ///
    /// - Parameter areRequired: whether that is a fault.
    /// - Returns: its path, and the keys.
    mutating func keys(areRequired: Bool) -> (path: String, keys: InstalledKeys) {
        let (setting, path) = (Settings.keyFile, value(Settings.keyFile))
        guard !path.isEmpty else { return (path, .none) }
        let reason: String
        do throws(KeyFileFault) {
            guard path.utf8.first == UInt8(ascii: "/") else { return refused(path, areRequired) }
            return (path, .loaded(Keyring(try KeyFile.read(path, credentials: credentials))))
        } catch {
            // Where there is no file, the service gets one without keys in its place, so that it starts.
            if error == .noKey, KeyFile.isCredential(path, credentials) { return (path, .none) }
            reason = "\(setting.key)=\(path): \(error)"
        }
        if areRequired { note(reason) }
        return (path, .unusable(reason: reason))
    }

    /// Notes that a text is not an absolute path. It may be a key, so it is never shown.
    private mutating func refused(_ path: String, _ areRequired: Bool) -> (path: String, keys: InstalledKeys) {
        let setting = Settings.keyFile
        let size = "\(path.utf8.count.of("byte", "bytes"))"
        hideText(of: setting, as: "(\(size), not shown)")
        let reason =
            "\(setting.key): its \(size) are not an absolute path. They are not shown, since they may be a key: put "
            + "that into a file, by `postern key create`, and name the file"
        if areRequired { note(reason) }
        return (path, .unusable(reason: reason))
    }
}
