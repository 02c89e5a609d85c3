/// A role, in one organization or on the whole installation.
public enum Role: String, CaseIterable, Sendable {
    /// May look at what the organization shows to guests.
    case appGuest = "AppGuest"
    /// A member of the organization.
    case appMember = "AppMember"
    /// Manages the organization's users.
    case appAdmin = "AppAdmin"
    /// Owns the organization.
    case appOwner = "AppOwner"
    /// May use the installation.
    case basic = "Basic"
    /// Builds programs on the installation.
    case developer = "Developer"
    /// Manages the installation.
    case admin = "Admin"
    /// May do everything on the installation.
    case superAdmin = "SuperAdmin"

    /// Whether it is held on the installation, not in an organization.
    public var isInstallationWide: Bool {
        switch self {
        case .appGuest, .appMember, .appAdmin, .appOwner: false
        case .basic, .developer, .admin, .superAdmin: true
        }
    }

    /// Its place in the set, which rises with its rank in either kind.
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

    /// Makes the role that has this place in the set.
    public init?(bit: UInt8) {
        guard let role = Role.allCases.first(where: { $0.bit == bit }) else { return nil }
        self = role
    }
}

/// A set of roles. The store keeps its `rawValue`.
public struct RoleSet: OptionSet, Hashable, Sendable {
    public let rawValue: UInt8

    public init(rawValue: UInt8) {
        self.rawValue = rawValue
    }

    /// Makes a set of these roles.
    public init(_ roles: some Sequence<Role>) {
        rawValue = roles.reduce(0) { $0 | $1.bit }
    }

    /// The roles, from the lowest to the highest in an organization, then on the installation.
    public var roles: [Role] { Role.allCases.filter { rawValue & $0.bit != 0 } }

    /// The names of the roles, in the order of `roles`.
    public var names: [String] { roles.map(\.rawValue) }

    /// Only the roles in an organization.
    public var inOrganization: RoleSet { RoleSet(rawValue: rawValue & 0x0F) }

    /// Only the roles on the installation.
    public var onInstallation: RoleSet { RoleSet(rawValue: rawValue & 0xF0) }

    /// The highest role, where those on the installation are above those in an organization.
    public var highest: Role? { roles.last }

    /// The roles that do not exceed a ceiling. One that does counts as the ceiling, which it includes; an organization's
    /// role as ceiling drops every role on the installation.
    public func capped(at ceiling: Role?) -> RoleSet {
        guard let ceiling else { return self }
        let below = RoleSet(rawValue: rawValue & (ceiling.bit - 1))
        return reaches(ceiling) ? below.union(RoleSet([ceiling])) : below
    }

    /// The same roles with what they imply: who administers the installation is an owner in every organization.
    var effective: RoleSet { reaches(.admin) ? union(RoleSet([.appOwner])) : self }

    /// Whether some role of the same kind is at least as high.
    public func reaches(_ role: Role) -> Bool {
        let own = role.isInstallationWide ? onInstallation : inOrganization
        return own.rawValue >= role.bit
    }

    /// Whether who holds these may hand out all of `other`: nobody grants a role above their own.
    public func mayGrant(_ other: RoleSet) -> Bool {
        other.roles.allSatisfy(reaches)
    }
}
