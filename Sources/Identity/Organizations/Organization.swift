/// A group of users that share an application.
public struct Organization: Identified, Sendable, Equatable {
    public static let identifierPrefix = "org_"

    /// The longest slug in characters.
    public static let maximumSlugLength = 63

    /// Its identifier.
    public let id: Identifier<Organization>
    /// Its name in addresses: lower-case letters, digits and hyphens.
    public let slug: String
    /// Its name for people.
    public var name: String
    /// Its name as applications show it; `nil` for `name`.
    public var displayName: String?
    /// Whether accounts whose email address fits may join by themselves.
    public var autoJoin: Bool
    /// The roles of who joins.
    public var defaultRoles: RoleSet
    /// Which email addresses fit; `nil` for none.
    public var emailPattern: EmailPattern?
    /// When it was made.
    public let createdAt: Timestamp

    /// Makes an organization from its parts.
    public init(
        id: Identifier<Organization>, slug: String, name: String, displayName: String? = nil, autoJoin: Bool = false,
        defaultRoles: RoleSet = RoleSet([.appMember]), emailPattern: EmailPattern? = nil, createdAt: Timestamp
    ) {
        self.id = id
        self.slug = slug
        self.name = name
        self.displayName = displayName
        self.autoJoin = autoJoin
        self.defaultRoles = defaultRoles
        self.emailPattern = emailPattern
        self.createdAt = createdAt
    }

    /// Whether a text can be a slug: 1 to 63 lower-case letters, digits and hyphens, with no hyphen at either end, and
    /// nothing that could be taken for an identifier.
    public static func isSlug(_ text: String) -> Bool {
        (1...maximumSlugLength).contains(text.utf8.count) && !text.hasPrefix("-") && !text.hasSuffix("-")
            && text.utf8.allSatisfy { byte in
                switch byte {
                case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"):
                    true
                default: false
                }
            }
    }
}
