import Cryptography
import FastCGI
import HTTP
import Identity
import Logging
import Storage
import System

/// The settings, read and checked. `Settings+Declarations.swift` says what each means.
struct Settings {
    let database: DatabaseLocation
    let listen: ListenAddress
    let workers: Int
    let basePath: String
    /// `nil` if none is set.
    let publicURL: PublicURL?
    let publicLogin: Bool
    let insecureCookie: Bool
    /// The path of the key file; empty for none.
    let keyFile: String
    let keys: InstalledKeys
    /// In seconds, as is every lifetime and timeout here.
    let sessionLifetime: Int64
    let sessionIdleTimeout: Int64
    /// `nil` for no limit.
    let tokenMaximumLifetime: Int64?
    let auditRetention: AuditRetention
    let passwordPolicy: PasswordPolicy
    let passwordScheme: PasswordSchemeChoice
    let passwordKeys: PasswordKeys
    let hashSlots: Int
    let hashQueue: Int
    /// `nil` if the throttle is off.
    let throttle: ThrottlePolicy?
    /// `nil` for what the database says.
    let secondFactorPolicy: SecondFactorPolicy?
    /// `nil` for none.
    let deviceTrust: Int64?
    let freshness: FreshnessPolicy
    let logLevel: Logger.Level
    let logFormat: LogFormat.Style
    /// Warnings found while reading.
    let warnings: [String]
    /// The settings as they were read.
    let read: [ReadSetting]

    /// The number of threads that serve requests: `workers`, and one for each hash and list that may run or be queued,
    /// so that these leave the workers to other requests.
    var threads: Int { workers + hashSlots + hashQueue + listSlots + ListQueue.length }

    /// The keys, for when the settings are read again; `nil` if there is none.
    var presentKeys: PresentKeys? { keys.keyring.map { PresentKeys(path: keyFile, keyring: $0) } }

    /// The number of lists read at once.
    var listSlots: Int { max(1, ProcessSurroundings.processors / 2) }

    /// The number of threads that look for work at once: one for each processor, and at least two.
    var activeThreads: Int { min(workers, max(2, ProcessSurroundings.processors)) }

    /// Reads all settings.
    ///
    /// - Parameters:
    ///   - isThorough: whether to look at the libraries and files that hashes and new passwords need. The process of a
    ///   CGI run, which mostly needs neither, learns of a fault when it comes to them.
    ///   - requiresKeys: whether a key file that cannot be used is a fault: for a responder, but not for a command,
    ///   whose user may often not read it.
    ///   - present: the keys of a process that reads the settings again.
    /// - Throws: `CommandFailure` with every fault.
    init(
        environment: [String: String], isThorough: Bool = true, requiresKeys: Bool = false,
        keeping present: PresentKeys? = nil
    ) throws(CommandFailure) {
        var source = SettingsSource(environment: environment)
        self.init(&source, isThorough: isThorough, requiresKeys: requiresKeys, keeping: present)
        guard source.faults.isEmpty else {
            throw CommandFailure(.config, ["the configuration is wrong:"] + source.faults.map { "  \($0)" })
        }
    }

    /// Reads all settings. If one is wrong, the source notes a fault and the default stands in.
    init(
        _ source: inout SettingsSource, isThorough: Bool = true, requiresKeys: Bool = false,
        keeping present: PresentKeys? = nil
    ) {
        database = source.database()
        let address = source.value(Self.listen)
        let (mode, group) = (source.value(Self.socketMode), source.value(Self.socketGroup))
        if case .unix(let path, _, _) = address {
            listen = .unix(path: path, mode: mode, group: group.isEmpty ? nil : group)
        } else {
            listen = address
        }
        workers = source.value(Self.workers)
        basePath = source.value(Self.basePath)
        publicURL = source.value(Self.publicURL)
        publicLogin = source.value(Self.publicLogin)
        insecureCookie = source.value(Self.insecureCookie)
        (keyFile, keys) = source.keys(areRequired: requiresKeys, keeping: present)
        sessionLifetime = source.value(Self.sessionLifetime)
        sessionIdleTimeout = source.value(Self.sessionIdleTimeout)
        tokenMaximumLifetime = source.value(Self.tokenMaximumLifetime)
        auditRetention = source.value(Self.auditRetention)
        passwordPolicy = PasswordPolicy(
            minimumLength: source.value(Self.passwordMinimumLength), words: source.value(Self.passwordWords),
            breached: source.breachedPasswords(checksOrder: isThorough))
        passwordScheme = source.value(Self.passwordHash)
        if isThorough, case .named(let scheme) = passwordScheme, !scheme.isAvailable {
            source.note(
                "\(Self.passwordHash.key)=\(scheme.setting): no library here computes it (libcrypto is "
                    + "\(OpenSSL.version)): \(Argon2id.remedy), or choose scrypt")
        }
        passwordKeys = PasswordKeys(firebaseSigner: source.firebaseSigner())
        hashSlots = source.value(Self.hashSlots)
        hashQueue = source.value(Self.hashQueue)
        let throttles = source.value(Self.throttle)
        let policy = ThrottlePolicy(
            pair: source.value(Self.throttleLogin), address: source.value(Self.throttleAddress),
            account: source.value(Self.throttleAccount), registration: source.value(Self.throttleRegistration),
            token: source.value(Self.throttleToken), secondFactor: source.value(Self.throttleSecondFactor))
        throttle = throttles ? policy : nil
        secondFactorPolicy = source.value(Self.secondFactor)
        deviceTrust = source.value(Self.trustedDevice)
        freshness = FreshnessPolicy(
            isOn: source.value(Self.freshness), high: source.value(Self.freshnessHigh),
            medium: source.value(Self.freshnessMedium), low: source.value(Self.freshnessLow))
        logLevel = source.value(Self.logLevel)
        logFormat = source.value(Self.logFormat)
        source.refuseUnknown()
        warnings = source.warnings
        read = source.settings
    }
}
