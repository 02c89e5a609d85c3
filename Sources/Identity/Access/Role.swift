/// A role in an organization or on the installation.
public enum Role: String, CaseIterable, Sendable {
    /// A guest of the organization.
    case appGuest = "AppGuest"
    /// A member of the organization.
    case appMember = "AppMember"
    /// A manager of the organization's users.
    case appAdmin = "AppAdmin"
    /// An owner of the organization.
    case appOwner = "AppOwner"
    /// A user of the installation.
    case basic = "Basic"
    /// A developer of programs that use the installation.
    case developer = "Developer"
    /// An administrator of the installation.
    case admin = "Admin"
    /// An administrator with all rights.
    case superAdmin = "SuperAdmin"

    /// True if the role is held on the installation instead of in an organization.
    public var isInstallationWide: Bool {
        switch self {
        case .appGuest, .appMember, .appAdmin, .appOwner: false
        case .basic, .developer, .admin, .superAdmin: true
        }
    }

    /// The role's bit in a `RoleSet`, which rises with its rank.
    public var bit: UInt8 {
        switch self {
        case .appGuest: 1 << 0
        case .appMember: 1 << 1
        case .appAdmin: 1 << 2
        case .appOwner: 1 << 3
        case .basic: 1 << 4
        case .developer: 1 << 5
        case .admin: 1 << 6
        case .superAdmin: 1 << 7
        }
    }

    /// Creates the role that has this bit.
    public init?(bit: UInt8) {
        guard let role = Role.allCases.first(where: { $0.bit == bit }) else { return nil }
        self = role
    }
}

/// A set of roles. The store keeps its `rawValue`.
///
///     RoleSet([.appAdmin]).mayGrant(RoleSet([.appMember]))        // true
///     RoleSet([.appOwner, .admin]).capped(at: .appAdmin)   // RoleSet([.appAdmin])
public struct RoleSet: OptionSet, Hashable, Sendable {
    public let rawValue: UInt8

    public init(rawValue: UInt8) {
        self.rawValue = rawValue
    }

    /// Creates a set of roles.
    public init(_ roles: some Sequence<Role>) {
        rawValue = roles.reduce(0) { $0 | $1.bit }
    }

    /// The roles, from the lowest to the highest in an organization, then on the installation.
    public var roles: [Role] { Role.allCases.filter { rawValue & $0.bit != 0 } }

    /// The names of the roles, in the order of `roles`.
    public var names: [String] { roles.map(\.rawValue) }

    /// The roles in an organization.
    public var inOrganization: RoleSet { RoleSet(rawValue: rawValue & 0x0F) }

    /// The roles on the installation.
    public var onInstallation: RoleSet { RoleSet(rawValue: rawValue & 0xF0) }

    /// The highest role. Roles on the installation are above those in an organization.
    public var highest: Role? { roles.last }

    /// The roles up to a ceiling. A higher role counts as the ceiling; a ceiling in the organization drops all roles on
    /// the installation.
    public func capped(at ceiling: Role?) -> RoleSet {
        guard let ceiling else { return self }
        let below = RoleSet(rawValue: rawValue & (ceiling.bit - 1))
        return reaches(ceiling) ? below.union(RoleSet([ceiling])) : below
    }

    /// The roles with those they imply: an administrator of the installation is an owner in every organization.
    var effective: RoleSet { reaches(.admin) ? union(RoleSet([.appOwner])) : self }

    /// True if the set has a role of the same kind that is at least as high.
    public func reaches(_ role: Role) -> Bool {
        let own = role.isInstallationWide ? onInstallation : inOrganization
        return own.rawValue >= role.bit
    }

    /// True if a holder of these roles may grant all of `other`: nobody grants a role above their own.
    public func mayGrant(_ other: RoleSet) -> Bool {
        other.roles.allSatisfy(reaches)
    }
}
