import HTTP
import HTTPTypes
import Identity

extension Endpoint {
    static let logOut = Endpoint(
        .post, "/auth/logout", .logout, permits: .all, id: "logOut", in: .authentication, "Log out",
        """
        Ends the session whose token is the bearer token, or whose cookie comes along with an API token. An API token \
        alone has no session to end, and gets `"ok"` all the same.

        ```sh
        curl -X POST "https://{BASE_URL}/api/v1/auth/logout" \\
          -H "Authorization: Bearer {API_TOKEN}"
        ```
        """,
        response: DescribedAnswer(Done.self, "The session has ended.", headers: [.sessionCookie])
    ) { api, call in
        let cookie = api.settings.cookie
        let isSession = call.caller.principal?.isSession == true
        let token = isSession ? Credential(of: call.request, cookie).token : call.request.sessionToken(cookie)
        if let token { try api.service.logout(sessionToken: token, by: call.caller) }
        return api.done(clearingCookie: true)
    }
}
