import HTTP
import HTTPTypes
import Identity
import JSON

/// An account as its login shows it.
struct LoggedInAccount: Shaped {
    let account: Account

    static let shape = Shape<LoggedInAccount>("LoggedInAccount") {
        Account.shape.members.map { $0.of { $0.account } }
        Member(
            optional: "password_change_required",
            "Only there if the password must be changed before anything else.",
            schema: .boolean.with("const", true)
        ) { $0.account.mustChangePassword ? true : nil }
    }
}

extension AuthAPI {
    /// The answer to a login, whichever way it went.
    func response(to login: AuthenticationService.Login) -> Response {
        var response = Response(LoggedInAccount(account: login.account))
        response.headerFields[.setCookie] = settings.cookie.setting(login.token.text)
        if let device = login.device, let lifetime = service.deviceTrust {
            response.headerFields.append(.setCookie, settings.deviceCookie(maxAge: lifetime).setting(device.text))
        }
        return response
    }

    /// The session token that a login ends.
    func replacedToken(of call: Exchange) -> String? { call.request.sessionToken(settings.cookie) }
}

extension AuthAPI.Settings {
    /// The cookie of a browser that is trusted after a login with a second factor.
    ///
    /// - Parameter maxAge: the seconds for which it is trusted.
    func deviceCookie(maxAge: Int64) -> Cookie {
        Cookie("postern_device", isSecure: cookie.isSecure, maxAge: maxAge)
    }

    /// The cookie by which a browser finishes a login by a passkey, for as long as its challenge is good.
    var passkeyCookie: Cookie {
        Cookie("postern_passkey", isSecure: cookie.isSecure, maxAge: WebAuthn.timeout)
    }
}
