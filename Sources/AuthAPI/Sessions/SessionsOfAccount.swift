import HTTP
import HTTPTypes
import Identity

private let accountID = PathParameter(of: Account.self)
private let sessionID = PathParameter("sessionId", of: Session.self)

extension Endpoint {
    static let sessionsOfAccount = Endpoint(
        .get, "/account/\(accountID)/session", .scope(.accountsRead), id: "listSessionsOfAccount", in: .accounts,
        "List an account's sessions", query: Paging.parameters, answer: .list
    ) { api, call in
        try api.service.managedSessions(of: call[accountID], call.page(), by: call.caller).shown(to: call.caller)
    }

    static let endSessionsOfAccount = Endpoint(
        .delete, "/account/\(accountID)/session", .scope(.accountsWrite), id: "endSessionsOfAccount", in: .accounts,
        "End all sessions of an account",
        response: DescribedAnswer(Done.self, "All its sessions have ended.", headers: [.endedCookie])
    ) { api, call in try api.end(.sessions, of: call[accountID], call) }

    static let endSessionOfAccount = Endpoint(
        .delete, "/account/\(accountID)/session/\(sessionID)", .scope(.accountsWrite), id: "endSessionOfAccount",
        in: .accounts, "End a session of an account",
        response: DescribedAnswer(Done.self, "The session has ended.", headers: [.endedCookie])
    ) { api, call in try api.end(.session(call[sessionID]), of: call[accountID], call) }
}

extension AuthAPI {
    /// Ends credentials of an account, which may be the caller's own.
    fileprivate func end(
        _ selection: CredentialSelection, of account: Identifier<Account>, _ call: Exchange
    ) throws -> Response {
        let principal = try call.principal()
        try service.end(selection, of: account, by: call.caller)
        return done(clearingCookie: selection.holds(principal, ofAccount: account))
    }
}

extension CredentialSelection {
    /// True if the session of a principal is among the selected ones of an account.
    fileprivate func holds(_ principal: Principal, ofAccount account: Identifier<Account>) -> Bool {
        guard case .session(let id) = principal.credential, principal.account == account else { return false }
        return self == .sessions || self == .session(id)
    }
}
