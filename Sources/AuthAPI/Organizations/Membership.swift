import HTTP
import HTTPTypes
import Identity

private let organizationID = PathParameter(of: Organization.self)

extension Endpoint {
    static let ownOrganizations = Endpoint(
        .get, "/account/organization", .session, id: "listOwnOrganizations", in: .ownAccount,
        "List your organizations", query: Paging.parameters, answer: .list
    ) { api, call in try api.service.ownOrganizations(call.page(), by: call.caller) }

    static let joinOrganization = Endpoint(
        .post, "/account/organization/\(organizationID)/join", .session, id: "joinOrganization", in: .ownAccount,
        "Join an organization",
        "The organization must let accounts join by themselves, and its `email_regex` must match your address.",
        answer: "The new user.", problems: [.conflict]
    ) { api, call in try api.service.join(call[organizationID], by: call.caller) }

    static let leaveOrganization = Endpoint(
        .delete, "/account/organization/\(organizationID)", .session, id: "leaveOrganization", in: .ownAccount,
        "Leave an organization",
        """
        Removes your user there and the API tokens that act in it. Your sessions then act in another organization. You \
        cannot leave the organization that created your account.
        """,
        answer: "You are no longer a member.", problems: [.conflict]
    ) { api, call in
        try api.service.leave(call[organizationID], by: call.caller)
        return Done()
    }
}
