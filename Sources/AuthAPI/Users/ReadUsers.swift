import HTTP
import HTTPTypes
public import Identity
public import JSON

private let userID = PathParameter(of: User.self)

extension Endpoint {
    static let ownUser = Endpoint(
        .get, "/app/me", .any, id: "getOwnUser", in: .organization, "Read your user", answer: "The user.",
        problems: [.notFound]
    ) { api, call in try api.service.ownUser(of: call.caller) }

    static let users = Endpoint(
        .get, "/app/user", .scope(.accountsRead), id: "listUsers", in: .organization, "List users",
        query: Paging.parameters, answer: .list
    ) { api, call in try api.service.users(call.page(), by: call.caller) }

    static let user = Endpoint(
        .get, "/app/user/\(userID)", .scope(.accountsRead), id: "getUser", in: .organization, "Read a user",
        answer: "The user."
    ) { api, call in try api.service.user(call[userID], by: call.caller) }
}

extension User: Shaped {
    static let shape = Shape<User>("User") {
        Member("id", Example.user) { $0.id }
        Member("org_id", Example.organization) { $0.organization }
        Member("account_id", Example.account) { $0.account }
        Member("name", "Sasha Patel") { $0.name }
        Member("email", Example.email) { $0.email.address }
        Member("state", "Active") { $0.state }
        Member("roles", Example.roles, schema: .array(of: .roleInOrganization)) { $0.roles }
        Member("created_at", Example.moment) { $0.createdAt }
    }

    /// The user as the API shows it.
    public var json: JSONValue { jsonValue }
}
