import HTTP
import HTTPTypes
import Identity
import JSON

private let tokenHash = PathParameter<TokenHash>("hash", .tokenHash) { TokenHash($0) }

extension Endpoint {
    static let ownAPITokens = Endpoint(
        .get, "/account/token", .scope(.tokens), id: "listOwnTokens", in: .ownAccount, "List your API tokens",
        query: Paging.parameters, answer: .list
    ) { api, call in
        try api.service.ownAPITokens(call.page(), by: call.caller).map { ShownAPIToken(record: $0) }
    }

    static let revokeOwnAPIToken = Endpoint(
        .delete, "/account/token/\(tokenHash)", .scope(.tokens), freshness: .level(.high), id: "revokeToken",
        in: .ownAccount,
        "Revoke one of your API tokens", answer: "The token is refused from the next request on."
    ) { api, call in
        try api.service.revokeOwnAPIToken(call[tokenHash], by: call.caller)
        return Deleted()
    }
}

/// The answer to a revocation, in the words of the reference in place of `"ok"`.
private struct Deleted: Answerable {
    static let text = "Token deleted"
    static var schema: Schema { .constant(text) }
    static var example: JSONValue { .string(text) }

    func write(to writer: inout JSONWriter) { writer.string(Self.text) }
}
