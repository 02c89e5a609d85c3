/// The ways in which the holder of an account has proved who they are, or can.
///
///     let methods: AuthenticationMethods = [.password, .totp]
///     methods.names   // ["password", "totp"]
public struct AuthenticationMethods: OptionSet, Hashable, Sendable {
    /// The bits, as the store keeps them.
    public let rawValue: UInt8

    /// Creates a set from its stored bits.
    public init(rawValue: UInt8) {
        self.rawValue = rawValue
    }

    /// The account's password.
    public static let password = AuthenticationMethods(rawValue: 1 << 0)
    /// A code of a TOTP generator.
    public static let totp = AuthenticationMethods(rawValue: 1 << 1)
    /// A passkey or security key.
    public static let passkey = AuthenticationMethods(rawValue: 1 << 2)
    /// A recovery code.
    public static let recoveryCode = AuthenticationMethods(rawValue: 1 << 3)
    /// A browser that is trusted since an earlier login. It stands for no factor.
    public static let trustedDevice = AuthenticationMethods(rawValue: 1 << 4)

    private static let named: [(AuthenticationMethods, String)] = [
        (.password, "password"), (.passkey, "passkey"), (.totp, "totp"), (.recoveryCode, "recovery_code"),
        (.trustedDevice, "trusted_device"),
    ]

    /// All methods.
    public static let all = AuthenticationMethods(named.map(\.0))

    /// The names as the API has them.
    public var names: [String] { Self.named.filter { contains($0.0) }.map(\.1) }

    /// The methods of these that are second factors.
    public var secondFactors: AuthenticationMethods { intersection([.totp, .passkey, .recoveryCode]) }
}

/// A way to prove a second factor.
public enum SecondFactorMethod: String, Sendable, CaseIterable {
    /// A passkey or security key.
    case passkey
    /// A code of a TOTP generator.
    case totp
    /// A recovery code.
    case recoveryCode = "recovery_code"

    /// The method as one of a set.
    public var asSet: AuthenticationMethods {
        switch self {
        case .passkey: .passkey
        case .totp: .totp
        case .recoveryCode: .recoveryCode
        }
    }

    /// The methods of a set, the one used last first.
    ///
    /// - Parameter last: the method used last; none for an account that has used none.
    static func of(_ methods: AuthenticationMethods, last: AuthenticationMethods = []) -> [SecondFactorMethod] {
        let own = allCases.filter { methods.contains($0.asSet) }
        return own.filter { $0.asSet == last } + own.filter { $0.asSet != last }
    }
}
