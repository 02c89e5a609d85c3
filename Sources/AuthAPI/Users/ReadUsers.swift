import HTTP
import HTTPTypes
import Identity

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
