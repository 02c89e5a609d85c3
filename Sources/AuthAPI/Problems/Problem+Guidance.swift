import HTTPTypes
import Identity

// The texts that tell a programmer what to do about an error. The description has them, and the reference page made
// from it.
extension Problem {
    /// A cause and its remedy, in CommonMark.
    struct Guidance: Sendable {
        let cause: String
        let remedy: String

        fileprivate init(_ cause: String, _ remedy: String) {
            self.cause = cause
            self.remedy = remedy
        }
    }
}

extension Problem.Code {
    /// The cause of the code and its remedy.
    var guidance: Problem.Guidance {
        switch status.code {
        case 400..<403: requestGuidance
        case 403: permissionGuidance
        case 404..<500: otherGuidance
        default: serverGuidance
        }
    }

    /// For 400 and 401: the body, the query and the credential.
    private var requestGuidance: Problem.Guidance {
        switch self {
        case .malformedJSON:
            .init(
                "The body is not JSON in UTF-8, or an object in it has a name twice. `detail` gives the place.",
                "Let a library write the JSON. In a shell, put the body into single quotes.")
        case .unauthenticated:
            .init(
                "The request carries neither an API token nor a session.",
                """
                Send `Authorization: Bearer` with an API token (`pst_…`) or a session token (`pss_…`), or the session \
                cookie. In a browser, show the login form.
                """)
        case .invalidToken:
            .init(
                "The API token or session is malformed, unknown, expired or revoked.",
                """
                A person logs in again. For a program, check that the token was copied as a whole; else an operator \
                makes a new one with `postern token create`.
                """)
        case .invalidCredentials:
            .init(
                "The email address or the password is wrong. The answer does not tell which, on purpose.",
                """
                Ask the person to type them again. Do not try again by program: each failure counts toward \
                `too_many_attempts`. An administrator can set a new password (`POST /account/{id}/reset-password`).
                """)
        case .secondFactorRequired, .loginExpired, .reauthenticationRequired: secondFactorGuidance
        default:
            .init(
                """
                A member of the body, a parameter or a header field is wrong, or the request did not arrive as a whole.
                """,
                """
                Correct every fault that `errors` lists; the table of faults explains their codes. Where there is no \
                such list, `detail` names the cause.
                """)
        }
    }

    /// For 401: the second step of a login, and confirming.
    private var secondFactorGuidance: Problem.Guidance {
        switch self {
        case .secondFactorRequired:
            .init(
                "The password is right, and the account has a second factor. Nobody is logged in yet.",
                """
                Ask for one of `methods`, and send it with `login_token` to `POST /auth/login/second-factor` before \
                `expires_at`.
                """)
        case .loginExpired:
            .init(
                """
                The `login_token` is unknown, used or late, had five wrong answers, belongs to another caller, or the \
                password was changed meanwhile.
                """,
                "Begin anew with `POST /auth/login`.")
        default:
            .init(
                """
                The session is good, but its holder logged in or confirmed too long ago (`max_age`), or without the \
                second factor that is asked for (`factor`).
                """,
                "Ask for one of `methods`, send it to `POST /auth/confirm`, and repeat the request.")
        }
    }

    /// For 403: the rights of the caller.
    private var permissionGuidance: Problem.Guidance {
        switch self {
        case .insufficientScope:
            .init(
                """
                The credential lacks the scope that `WWW-Authenticate` names, or a new API token is to get a scope \
                that its maker lacks.
                """,
                """
                Use an API token with that scope. A session has the scopes of its roles: `AppMember` has `tokens`, \
                `AppAdmin` also `accounts:read` and `accounts:write`, `AppOwner` also `organizations` and \
                `audit:read`, `Admin` all of them.
                """)
        case .roleNotGrantable:
            .init(
                "The request grants a role above those that count for the credential.",
                """
                Grant a lower role, or use a credential with a higher one. An API token acts with `AppMember` unless \
                its `role_ceiling` allows more: `postern token update TOKEN --role-ceiling AppAdmin`.
                """)
        case .accountInactive:
            .init(
                "The password is right, but the account is inactive.",
                """
                An administrator of the organization that created the account activates it: `POST /account/{id}` with \
                `{"state": "Active"}`.
                """)
        case .passwordChangeRequired:
            .init(
                "Somebody else has set the password, so its owner must change it before anything else.",
                """
                Ask for a new password and send it with `PUT /account/me`, as `current_password` and `new_password`. \
                Until then, only `GET /auth/session` and logging out work as well.
                """)
        case .secondFactorEnrolmentRequired:
            .init(
                "A second factor is asked for, by the policy or by the web server, and the account has none.",
                """
                Add one with `POST /account/factor/totp` or `POST /account/factor/passkey/options`. Until then, only \
                these, `POST /auth/confirm`, `PUT /account/me`, `GET /auth/session` and logging out work.
                """)
        case .crossOrigin:
            .init(
                """
                The request changes something, has no credential but the session cookie, and does not come from a page \
                of the same origin.
                """,
                """
                Send it from a page on this host: the browser then adds `Origin` and `Sec-Fetch-Site` by itself. A \
                program sends the session token as bearer token in place of the cookie.
                """)
        default:
            .init(
                """
                The credential may not do this. `detail` says why: it needs a session, a higher role or another \
                organization (`X-Org`), the account is the caller's own or above it, or this address may not use the \
                route.
                """,
                """
                Ask somebody with a higher role, or act in the right organization. `GET /auth/session` shows the roles \
                that count; those of an API token end at its `role_ceiling`.
                """)
        }
    }

    /// For the other errors of clients.
    private var otherGuidance: Problem.Guidance {
        switch self {
        case .methodNotAllowed:
            .init("The path exists, but not with this method.", "Use one of the methods that `Allow` lists.")
        case .accountExists:
            .init(
                "An account with this email address exists. Upper and lower case make no difference.",
                """
                Let the person log in. To add an account to another organization, use `POST /app/user`, or let it join.
                """)
        case .conflict:
            .init(
                """
                The present state does not allow it. `detail` says why: the organization would lose its last owner, \
                the account is a member already, or it cannot leave the organization that created it.
                """,
                "Change that first: make another account an owner, for example, or deactivate the user.")
        case .payloadTooLarge:
            .init("The body is larger than 16 KiB.", "Send less: no operation needs as much.")
        case .unsupportedMediaType:
            .init(
                "The body is not declared as JSON.",
                """
                Send `Content-Type: application/json`. Without it, `curl -d` and HTML forms declare \
                `application/x-www-form-urlencoded`.
                """)
        case .tooManyAttempts:
            .init(
                """
                Too many failed logins, registrations or invalid tokens came from this client or for this account, or \
                too many requests from one address.
                """,
                """
                Wait for the seconds in `Retry-After`. A program names each client in `X-Client-Address`, with the \
                scope `client-address`, so that one cannot use up the attempts of the others. An operator sees and \
                clears the counters with `postern throttle`.
                """)
        default:
            .init(
                "Nothing is at this path, or the caller cannot see an account, user, session or token with this id.",
                """
                Compare the path and the identifier with this description. Users and the API tokens of others are \
                visible only in their organization: name it in `X-Org`.
                """)
        }
    }

    /// For the errors of the server.
    private var serverGuidance: Problem.Guidance {
        switch self {
        case .overloaded:
            .init(
                """
                Too many passwords are being checked or lists read at the moment, or too many requests of this client \
                are under way.
                """,
                """
                Try again after the seconds in `Retry-After`. If it happens often, the host needs more processors, or \
                a longer queue (`POSTERN_HASH_QUEUE`).
                """)
        case .unavailable:
            .init(
                "Postern is not running, or its database does not answer.",
                """
                Try again after the seconds in `Retry-After`. An operator finds the cause in the log and with \
                `postern check`.
                """)
        default:
            .init(
                "The server has failed.",
                "Give the operator the `request_id`: the line of the log that has it tells the cause.")
        }
    }
}
