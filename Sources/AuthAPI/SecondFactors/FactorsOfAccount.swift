import HTTP
import HTTPTypes
import Identity

private let accountID = PathParameter(of: Account.self)

extension Endpoint {
    static let factorsOfAccount = Endpoint(
        .get, "/account/\(accountID)/factor", .scope(.accountsRead), id: "listFactorsOfAccount", in: .accounts,
        "List an account's second factors", "Lists them with the number of recovery codes that are left.",
        answer: "The factors."
    ) { api, call in ShownFactors(own: try api.service.managedFactors(of: call[accountID], by: call.caller)) }

    static let resetFactorsOfAccount = Endpoint(
        .delete, "/account/\(accountID)/factor", .scope(.accountsWrite), freshness: .byChange,
        id: "resetFactorsOfAccount", in: .accounts,
        "Remove all second factors of an account",
        """
        For somebody who has lost them. Recovery codes, sessions, logins that wait for a second factor and the trust \
        in browsers go, too. It works for accounts that this organization created, except for one's own. Their users \
        in other organizations become inactive, unless an administrator of the installation does it. A session must be \
        fresh (`high`).
        """,
        answer: "The account has no second factor.", problems: [.reauthenticationRequired]
    ) { api, call in
        try api.service.resetFactors(of: call[accountID], by: call.caller)
        return Done()
    }
}
