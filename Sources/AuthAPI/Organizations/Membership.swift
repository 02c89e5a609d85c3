import HTTP
import HTTPTypes
import Identity

private let organizationID = PathParameter(of: Organization.self)

extension Endpoint {
    static let ownOrganizations = Endpoint(
        .get, "/account/organization", .session, id: "listOwnOrganizations", in: .ownAccount,
        "List the own organizations", query: Paging.parameters, answer: .list
    ) { api, call in try api.service.ownOrganizations(call.page(), by: call.caller) }

    static let joinOrganization = Endpoint(
        .post, "/account/organization/\(organizationID)/join", .session, id: "joinOrganization", in: .ownAccount,
        "Join an organization",
        "One that lets accounts join by themselves, and whose expression the own email fits.",
        answer: "The new user.", problems: [.conflict]
    ) { api, call in try api.service.join(call[organizationID], by: call.caller) }

    static let leaveOrganization = Endpoint(
        .delete, "/account/organization/\(organizationID)", .session, id: "leaveOrganization", in: .ownAccount,
        "Leave an organization",
        """
        With the own user there and its API tokens. Sessions then act in another organization. An account stays in the \
        organization where it was made.
        """,
        answer: "It is no member any more.", problems: [.conflict]
    ) { api, call in
        try api.service.leave(call[organizationID], by: call.caller)
        return Done()
    }
}
