import HTTP
import HTTPTypes
import Identity

private let accountID = PathParameter(of: Account.self)
private let tokenID = PathParameter("tokenId", of: APIToken.self)

extension Endpoint {
    static let apiTokensOfAccount = Endpoint(
        .get, "/account/\(accountID)/token", .scope(.accountsRead), id: "listTokensOfAccount", in: .accounts,
        "List an account's API tokens",
        "Lists those that act in the caller's organization; administrators of the installation see all of them.",
        query: Paging.parameters, answer: .list
    ) { api, call in
        try api.service.managedAPITokens(of: call[accountID], call.page(), by: call.caller)
            .map { ShownAPIToken(record: $0) }
    }

    static let revokeAPITokensOfAccount = Endpoint(
        .delete, "/account/\(accountID)/token", .scope(.accountsWrite), freshness: .level(.high),
        id: "revokeTokensOfAccount", in: .accounts,
        "Revoke all API tokens of an account", "Revokes them in every organization.",
        answer: "All its tokens are refused from the next request on."
    ) { api, call in
        try api.service.end(.apiTokens, of: call[accountID], by: call.caller)
        return Done()
    }

    static let revokeAPITokenOfAccount = Endpoint(
        .delete, "/account/\(accountID)/token/\(tokenID)", .scope(.accountsWrite), freshness: .level(.high),
        id: "revokeTokenOfAccount",
        in: .accounts, "Revoke an API token of an account", answer: "The token is refused from the next request on."
    ) { api, call in
        try api.service.end(.apiToken(call[tokenID]), of: call[accountID], by: call.caller)
        return Done()
    }
}
