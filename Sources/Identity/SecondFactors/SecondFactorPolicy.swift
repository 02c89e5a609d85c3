/// The accounts that must have a second factor, of an installation or an organization.
///
///     SecondFactorPolicy.admins < .required   // true: the stricter one is greater
public enum SecondFactorPolicy: String, Sendable, CaseIterable, Comparable {
    /// None may add one. Those that are there are asked for all the same. Of the installation only.
    case off
    /// Whoever wants one.
    case optional
    /// Administrators: `AppAdmin`, `AppOwner`, `Admin`, `SuperAdmin`.
    case admins
    /// All.
    case required

    private var strictness: Int { Self.allCases.firstIndex(of: self) ?? 0 }

    /// The order by strictness.
    public static func < (left: Self, right: Self) -> Bool { left.strictness < right.strictness }

    /// True if accounts with these roles must have a second factor.
    func binds(_ roles: RoleSet) -> Bool {
        switch self {
        case .off, .optional: false
        case .admins: roles.reaches(.appAdmin) || roles.reaches(.admin)
        case .required: true
        }
    }
}

extension SecondFactorPolicy {
    /// The number by which the store keeps it.
    public var number: Int64 { Int64(strictness) }

    /// The policy of a stored number; `nil` if there is none.
    public init?(number: Int64) {
        guard Self.allCases.indices.contains(Int(clamping: number)) else { return nil }
        self = Self.allCases[Int(clamping: number)]
    }
}
