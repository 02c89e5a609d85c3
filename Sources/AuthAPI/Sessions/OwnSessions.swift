import HTTP
import HTTPTypes
import Identity

private let sessionID = PathParameter(of: Session.self)

extension Endpoint {
    static let ownSessions = Endpoint(
        .get, "/account/session", .session, id: "listOwnSessions", in: .ownAccount, "List your sessions",
        query: Paging.parameters, answer: .list
    ) { api, call in
        let account = try call.principal().account
        return try api.service.sessions(of: account, call.page(), by: call.caller).shown(to: call.caller)
    }

    static let endOtherSessions = Endpoint(
        .delete, "/account/session", .session, id: "endOtherSessions", in: .ownAccount,
        "End all your other sessions", answer: "All other sessions have ended."
    ) { api, call in
        let principal = try call.principal()
        guard case .session(let id) = principal.credential else { throw Problem.needsSession }
        try api.service.endSessions(.allBut(id), of: principal.account, by: call.caller)
        return Done()
    }

    static let endOwnSession = Endpoint(
        .delete, "/account/session/\(sessionID)", .session, id: "endOwnSession", in: .ownAccount,
        "End one of your sessions",
        response: DescribedAnswer(Done.self, "The session has ended.", headers: [.endedCookie])
    ) { api, call in
        let principal = try call.principal()
        let id = try call[sessionID]
        let count = try api.service.endSessions(.one(id), of: principal.account, by: call.caller)
        guard count > 0 else { throw Problem.notFound }
        return api.done(clearingCookie: .session(id) == principal.credentialID)
    }
}

extension AuthAPI {
    /// The answer that something was done.
    ///
    /// - Parameter clearingCookie: whether the session in the browser's cookie has ended by it.
    func done(clearingCookie: Bool) -> Response {
        var response = Response(Done())
        if clearingCookie { response.headerFields[.setCookie] = settings.cookie.clearing }
        return response
    }
}
