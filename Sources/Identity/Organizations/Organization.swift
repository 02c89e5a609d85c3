/// A group of users that share an application.
public struct Organization: Identified, Sendable, Equatable {
    public static let identifierPrefix = "org_"

    /// The maximum length of a slug in characters.
    public static let maximumSlugLength = 63

    /// The identifier.
    public let id: Identifier<Organization>
    /// The name in URLs: lower-case letters, digits and hyphens.
    public let slug: String
    /// The name.
    public var name: String
    /// The name shown by applications; `nil` for `name`.
    public var displayName: String?
    /// True if accounts with a matching email address may join by themselves.
    public var autoJoin: Bool
    /// The roles of accounts that join by themselves.
    public var defaultRoles: RoleSet
    /// The email addresses that match; `nil` for none.
    public var emailPattern: EmailPattern?
    /// The accounts that must have a second factor; `.optional` adds nothing to the installation's policy.
    public var secondFactor: SecondFactorPolicy
    /// The time of creation.
    public let createdAt: Timestamp

    /// Creates an organization from its parts.
    public init(
        id: Identifier<Organization>, slug: String, name: String, displayName: String? = nil, autoJoin: Bool = false,
        defaultRoles: RoleSet = RoleSet([.appMember]), emailPattern: EmailPattern? = nil,
        secondFactor: SecondFactorPolicy = .optional, createdAt: Timestamp
    ) {
        self.id = id
        self.slug = slug
        self.name = name
        self.displayName = displayName
        self.autoJoin = autoJoin
        self.defaultRoles = defaultRoles
        self.emailPattern = emailPattern
        self.secondFactor = secondFactor
        self.createdAt = createdAt
    }

    /// True if a text is a valid slug: 1 to 63 lower-case letters, digits and hyphens, without a hyphen at either end.
    /// An identifier, which has an underscore, is not a slug.
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
