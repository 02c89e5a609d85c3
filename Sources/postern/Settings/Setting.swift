/// A setting: its key, reader, default and help, and whether a reload takes it. `Settings+Declarations.swift` has them
/// all.
///
/// ```swift
/// static let workers = Setting(
///     "POSTERN_WORKERS", integer(in: 1...512), default: "16", reloads: false, "Threads for requests, 1 to 512.")
/// ```
struct Setting<Value: Sendable>: Sendable {
    /// The environment variable.
    let key: String
    /// The name before the setting was renamed. It is read, with a warning, until version 1.0.
    let formerKey: String?
    /// The reader of its text.
    let reader: SettingReader<Value>
    /// The text that stands in for a setting that is not set, or not valid.
    let defaultText: String
    /// True if a reload (`SIGHUP`) takes a change; otherwise the service must be restarted.
    let isReloadable: Bool
    /// The effect of the setting and its valid values, for `postern check` and the shipped environment file.
    let help: String

    init(
        _ key: String, formerly formerKey: String? = nil, _ reader: SettingReader<Value>,
        default defaultText: String, reloads isReloadable: Bool, _ help: String
    ) {
        self.key = key
        self.formerKey = formerKey
        self.reader = reader
        self.defaultText = defaultText
        self.isReloadable = isReloadable
        self.help = help
    }

    /// A setting of which every text is valid, or whose help is enough to tell an invalid one.
    init(
        _ key: String, formerly formerKey: String? = nil, _ read: @escaping @Sendable (String) -> Value?,
        default defaultText: String, reloads isReloadable: Bool, _ help: String
    ) {
        self.init(
            key, formerly: formerKey, SettingReader("valid: \(help)", read), default: defaultText,
            reloads: isReloadable, help)
    }
}

/// A reader of a setting's text, and the words for what it takes.
///
/// ```swift
/// SettingReader("true or false") { Bool($0) }   // POSTERN_THROTTLE=maybe is not true or false
/// ```
struct SettingReader<Value: Sendable>: Sendable {
    /// The valid texts, as the end of a sentence with "is not".
    let expected: String
    /// Reads the text; `nil` if it is not valid.
    let read: @Sendable (String) -> Value?

    init(_ expected: String, _ read: @escaping @Sendable (String) -> Value?) {
        self.expected = expected
        self.read = read
    }
}

/// A setting as it was read, whatever its type.
struct ReadSetting: Sendable {
    let key: String
    var text: String
    let defaultText: String
    /// The place of the text, for people: `environment`, the path of a file, or `default`.
    let origin: String
    let isReloadable: Bool
    let help: String
}
