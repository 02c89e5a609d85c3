import Identity

extension Form {
    /// Something that requests change, as clients know it.
    struct Thing {
        /// The names of its members.
        let members: [String]

        /// Makes it of the members that its answer has, and of others that it has but does not show.
        private init(_ schema: String, hidden: [String] = []) {
            members = Schema.memberNames(of: schema) + hidden
        }

        static let account = Thing("Account", hidden: ["state", "password"])
        static let user = Thing("User")
        static let organization = Thing("Organization")
    }
}
