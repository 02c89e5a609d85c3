import HTTP
import HTTPTypes
import Identity

// The problems of rights over accounts and organizations, and of their present state.
extension Problem {
    static let organizationForbidden = Problem(.forbidden, "The credential may not act in this organization.")

    static func roleNotGrantable(above own: RoleSet) -> Problem {
        let names = own.names.joined(separator: ", ")
        return Problem(.roleNotGrantable, "A role above the credential's own (\(names)) can't be granted.")
    }

    static func scopeNotGrantable(beyond own: ScopeSet) -> Problem {
        let names = own.names.joined(separator: ", ")
        return Problem(
            .insufficientScope, "A token gets no scope beyond those of its maker (\(names)).",
            headerFields: challenge(insufficientScope))
    }

    static let accountAboveOwn = Problem(
        .forbidden, "The account has a role above the credential's own, or its home in another organization.")

    static let ownAccount = Problem(
        .forbidden, "This can't be done to one's own account. PUT /account/me changes its password.")

    static let joinRefused = Problem(.forbidden, "The organization does not let this account join by itself.")

    static let joinWouldRaise = Problem(
        .conflict, "You could join again with a higher role: an administrator there has to remove you.")

    static let homeUser = Problem(
        .conflict, "The account was made in this organization, and stays in it until it is erased.")

    static let accountExists = Problem(.accountExists, "An account with this email exists.")

    static let lastOwner = Problem(.conflict, "The organization would be left without an owner.")

    static let alreadyMember = Problem(.conflict, "The account has a user in the organization already.")

    static let slugTaken = Problem(.conflict, "An organization with this slug exists.")

    static let lastOrganization = Problem(.conflict, "It is the only organization of the installation.")

    static let alreadyInitialized = Problem(.conflict, "The installation has an owner already.")
}
