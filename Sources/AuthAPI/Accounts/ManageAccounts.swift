import HTTP
import HTTPTypes
import Identity

private let accountID = PathParameter(of: Account.self)
private let emailFilter = QueryParameter<String>(
    "email", "Only the account with this email address.", .email
) { text throws(ValueFault) in
    guard let address = EmailAddress(text) else {
        throw ValueFault(.invalidFormat, "This is not a valid email address.")
    }
    return address.key
}
private let externalIDFilter = QueryParameter<String>(
    "external_id", "Only the account with this identifier in the system that it was imported from.", .string
) { $0 }
private let stateFilter = QueryParameter<Account.State>("state", "Only accounts in this state.")

extension Endpoint {
    static let accounts = Endpoint(
        .get, "/account", .scope(.accountsRead), id: "listAccounts", in: .accounts, "List accounts",
        query: [emailFilter, externalIDFilter, stateFilter] + Paging.parameters, answer: .list
    ) { api, call in
        var query = try call.query()
        let filter = AccountFilter(
            emailKey: query[emailFilter], externalID: query[externalIDFilter], state: query[stateFilter])
        return try api.service.accounts(filter, query.checkedPage(), by: call.caller)
    }

    static let account = Endpoint(
        .get, "/account/\(accountID)", .scope(.accountsRead), id: "getAccount", in: .accounts, "Read an account",
        answer: "The account."
    ) { api, call in try api.service.account(call[accountID], by: call.caller) }

    static let eraseAccount = Endpoint(
        .delete, "/account/\(accountID)", .scope(.accountsWrite), freshness: .level(.high), id: "eraseAccount",
        in: .accounts, "Erase an account",
        """
        Erases the account with all that belongs to it, if this organization created it. The audit log keeps its \
        identifier, but not its email address.
        """,
        answer: "The account is erased.", problems: [.conflict]
    ) { api, call in
        try api.service.erase(call[accountID], by: call.caller)
        return Done()
    }
}
