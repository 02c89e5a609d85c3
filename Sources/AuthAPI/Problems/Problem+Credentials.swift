import HTTP
import HTTPTypes
import Identity

// The problems with credentials and the rights that they carry.
extension Problem {
    static let noCredential = {
        var problem = Problem(.unauthenticated, "This needs an API token or a session.", headerFields: challenge())
        problem.reason = "missing"
        return problem
    }()

    static let crossOrigin = Problem(
        .crossOrigin, "A request that changes something must come from the own origin.")

    static let needsSession = Problem(.forbidden, "This is for people: it needs a session, and no API token will do.")

    static let passwordChangeRequired = Problem(
        .passwordChangeRequired, "The password was set by somebody else: change it first, with PUT /account/me.")

    /// - Parameter cookie: the cookie in which the credential came; `nil` if it came otherwise.
    static func invalidToken(_ refusal: CredentialRefusal, clearing cookie: Cookie?) -> Problem {
        var fields = challenge(#", error="invalid_token""#)
        if let cookie { fields.append(.setCookie, cookie.clearing) }
        var problem = Problem(
            .invalidToken, "The credential is malformed, unknown, expired or revoked.", headerFields: fields)
        problem.reason = refusal.rawValue
        return problem
    }

    static func insufficientScope(_ scope: Scope) -> Problem {
        Problem(
            .insufficientScope, "The credential lacks the scope \(scope.rawValue).",
            headerFields: challenge(insufficientScope + #", scope="\#(scope.rawValue)""#))
    }

    static func lacksRole(_ role: Role) -> Problem {
        Problem(.forbidden, "This needs the role \(role.rawValue).")
    }

    static let insufficientScope = #", error="insufficient_scope""#

    /// The challenge that goes with every 401 and with missing scopes (RFC 6750, section 3).
    static func challenge(_ parameters: String = "") -> ResponseFields {
        [.wwwAuthenticate: #"Bearer realm="postern"\#(parameters)"#]
    }
}
