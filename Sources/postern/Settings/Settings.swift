import Cryptography
import FastCGI
import FoundationEssentials
import Identity
import Logging

/// The settings, read and checked.
struct Settings {
    let database: String
    let listen: ListenAddress
    let workers: Int
    let basePath: String
    let publicLogin: Bool
    let insecureCookie: Bool
    let sessionLifetime: Int64
    let sessionIdleTimeout: Int64
    /// In seconds; `nil` for no limit.
    let tokenMaximumLifetime: Int64?
    let auditRetention: AuditRetention
    let passwordPolicy: PasswordPolicy
    let passwordScheme: PasswordScheme
    /// `nil` where it is switched off.
    let throttle: ThrottlePolicy?
    let hashSlots: Int
    let hashLine: Int
    let logLevel: Logger.Level
    /// What works but should be known, found while reading.
    let warnings: [String]
    /// What was read, a text for each setting.
    let texts: [Setting: String]

    /// How many threads serve requests: those that wait for a hash or a list leave `workers` to the others.
    var threads: Int { workers + hashSlots + hashLine + listSlots + ListQueue.length }

    /// How many lists are read at once.
    var listSlots: Int { max(1, ProcessInfo.processInfo.activeProcessorCount / 2) }

    /// How many of them look for work at once: one for each processor, and never a single one.
    var activeThreads: Int { min(workers, max(2, ProcessInfo.processInfo.activeProcessorCount)) }

    /// Reads all settings.
    ///
    /// - Throws: `CommandFailure` with every fault.
    init(environment: [String: String]) throws(CommandFailure) {
        var source = SettingsSource(environment: environment)
        let settings = Settings(&source)
        guard source.faults.isEmpty, let settings else {
            throw CommandFailure(.config, ["the configuration is wrong:"] + source.faults.map { "  \($0)" })
        }
        self = settings
    }

    /// Reads all settings; faults are noted in the source.
    init?(_ source: inout SettingsSource) {
        guard let database = source.value(.database, { $0.isEmpty ? nil : $0 }),
            let socketMode = source.value(.socketMode, Self.mode),
            let socketGroup = source.value(.socketGroup, { $0 }),
            let listen = source.value(.listen, Self.listenAddress(mode: socketMode, group: socketGroup)),
            let workers = source.value(.workers, Self.integer(1...512)),
            let basePath = source.value(.basePath, Self.basePath),
            let publicLogin = source.value(.publicLogin, { Bool($0) }),
            let insecureCookie = source.value(.insecureCookie, { Bool($0) }),
            let sessionLifetime = source.value(.sessionLifetime, Self.seconds(60...400 * 86400)),
            let sessionIdleTimeout = source.value(.sessionIdleTimeout, Self.seconds(300...400 * 86400)),
            let tokenMaximumLifetime = source.value(.tokenMaximumLifetime, Self.secondsOrForever),
            let auditRetention = source.value(.auditRetention, { AuditRetention($0) }),
            let minimumLength = source.value(.passwordMinimumLength, Self.integer(PasswordPolicy.minimumLengthRange)),
            let passwordScheme = source.value(.passwordHash, Self.passwordScheme),
            let throttles = source.value(.throttle, { Bool($0) }),
            let throttle = Self.throttle(&source),
            let hashSlots = source.value(.hashSlots, Self.hashSlots),
            let hashLine = source.value(.hashLine, Self.integer(0...1024)),
            let logLevel = source.value(.logLevel, { Logger.Level(rawValue: $0) })
        else { return nil }
        if !passwordScheme.isAvailable {
            source.note(
                "\(Setting.passwordHash.rawValue)=\(passwordScheme.setting): the linked libcrypto (\(OpenSSL.version)) does not "
                    + "have it; link OpenSSL 3.2 or newer, or choose scrypt")
        }
        self.database = database
        self.listen = listen
        self.workers = workers
        self.basePath = basePath
        self.publicLogin = publicLogin
        self.insecureCookie = insecureCookie
        self.sessionLifetime = sessionLifetime
        self.sessionIdleTimeout = sessionIdleTimeout
        self.tokenMaximumLifetime = tokenMaximumLifetime
        self.auditRetention = auditRetention
        self.passwordPolicy = PasswordPolicy(minimumLength: minimumLength)
        self.passwordScheme = passwordScheme
        self.throttle = throttles ? throttle : nil
        self.hashSlots = hashSlots
        self.hashLine = hashLine
        self.logLevel = logLevel
        warnings = source.warnings
        texts = Dictionary(uniqueKeysWithValues: Setting.allCases.map { [source] in ($0, source.text($0)) })
    }

    private static func throttle(_ source: inout SettingsSource) -> ThrottlePolicy? {
        guard let pair = source.value(.throttleLogin, ThrottleSettings.backoff),
            let address = source.value(.throttleAddress, ThrottleSettings.window),
            let account = source.value(.throttleAccount, ThrottleSettings.window),
            let registration = source.value(.throttleRegistration, ThrottleSettings.window),
            let token = source.value(.throttleToken, ThrottleSettings.window)
        else { return nil }
        return ThrottlePolicy(pair: pair, address: address, account: account, registration: registration, token: token)
    }

    private static func mode(_ text: String) -> UInt32? {
        guard text.utf8.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "7")).contains($0) }) else { return nil }
        return UInt32(text, radix: 8).flatMap { $0 <= 0o777 ? $0 : nil }
    }

    private static func listenAddress(mode: UInt32, group: String) -> (String) -> ListenAddress? {
        { text in try? ListenAddress(text, socketMode: mode, socketGroup: group.isEmpty ? nil : group) }
    }

    private static func integer(_ range: ClosedRange<Int>) -> (String) -> Int? {
        { text in Int(text).flatMap { range.contains($0) ? $0 : nil } }
    }

    private static func seconds(_ range: ClosedRange<Int64>) -> (String) -> Int64? {
        { text in TimeSpan(text).flatMap { range.contains($0.seconds) ? $0.seconds : nil } }
    }

    /// - Returns: the seconds, of which there are none for `forever`; `nil` for anything else.
    private static func secondsOrForever(_ text: String) -> Int64?? {
        text == "forever" ? .some(nil) : seconds(60...TimeSpan.maximum)(text).map { .some($0) }
    }

    /// A base path without a slash at its end; the root is empty.
    private static func basePath(_ text: String) -> String? {
        if text == "/" { return "" }
        let segments = text.split(separator: "/", omittingEmptySubsequences: false)
        guard segments.count >= 2, segments[0].isEmpty,
            !segments.dropFirst().contains(where: { ["", ".", ".."].contains($0) }),
            text.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F && !"%?#\\\"".utf8.contains($0) })
        else { return nil }
        return text
    }

    private static func passwordScheme(_ text: String) -> PasswordScheme? {
        if text == "auto" { return .preferred }
        return PasswordScheme(setting: text).flatMap { $0.meetsOWASP ? $0 : nil }
    }

    private static func hashSlots(_ text: String) -> Int? {
        text == "auto" ? min(ProcessInfo.processInfo.activeProcessorCount, 256) : integer(1...256)(text)
    }
}
