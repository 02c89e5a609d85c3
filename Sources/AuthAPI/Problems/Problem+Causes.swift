import HTTP
import HTTPTypes
import Identity
import JSON

/// Every cause of an error answer, and nowhere else.
extension Problem {
    static let noCredential = Problem(
        .unauthenticated, "This needs an API token or a session.", headerFields: challenge())

    static let crossOrigin = Problem(
        .crossOrigin, "A request that changes something must come from the own origin.")

    static let notFound = Problem(.notFound, "There is nothing at this path.")

    static let needsSession = Problem(.forbidden, "This is for people: it needs a session, and no API token will do.")

    static let passwordChangeRequired = Problem(
        .passwordChangeRequired, "The password was set by somebody else: change it first, with PUT /account/me.")

    static let malformedQuery = Problem(.invalidRequest, "The query is not percent-encoded UTF-8.")

    static let internalError = Problem(.internal, "Something went wrong. The log has the request's id.")

    static let notStarted = Problem(.unavailable, "The service could not start. Its log says why.")

    static let mediaType = Problem(.unsupportedMediaType, "The body must be application/json.")

    static let invalidClientAddress = Problem(.invalidRequest, "X-Client-Address is not a valid IP address.")

    /// - Parameter cookie: the cookie in which the credential came; `nil` where it came otherwise.
    static func invalidToken(clearing cookie: SessionCookie?) -> Problem {
        var fields = challenge(#", error="invalid_token""#)
        if let cookie { fields.append(.setCookie, cookie.clearing) }
        return Problem(
            .invalidToken, "The credential is malformed, unknown, expired or revoked.", headerFields: fields)
    }

    static let organizationNotNamed = Problem.invalidQuery([
        InputFault("org", .required, "There are several organizations: name the one in which the role is held.")
    ])

    static func insufficientScope(_ scope: Scope) -> Problem {
        Problem(
            .insufficientScope, "The credential lacks the scope \(scope.rawValue).",
            headerFields: challenge(insufficientScope + #", scope="\#(scope.rawValue)""#))
    }

    static func methodNotAllowed(allow: String) -> Problem {
        Problem(.methodNotAllowed, "The path has only the methods \(allow).", headerFields: [.allow: allow])
    }

    static func lacksRole(_ role: Role) -> Problem {
        Problem(.forbidden, "This needs the role \(role.rawValue).")
    }

    static func longQuery(limit: Int) -> Problem {
        Problem(.invalidRequest, "The query is longer than \(limit) bytes.")
    }

    static func invalidInput(_ faults: [InputFault]) -> Problem {
        Problem(.invalidRequest, "The body has \(faults.count == 1 ? "a fault" : "faults").", faults: .body(faults))
    }

    static func invalidQuery(_ faults: [InputFault]) -> Problem {
        Problem(.invalidRequest, "The query has \(faults.count == 1 ? "a fault" : "faults").", faults: .query(faults))
    }

    static func malformedJSON(_ fault: JSONParser.Fault) -> Problem {
        Problem(.malformedJSON, fault.detail(of: "body"))
    }

    /// A body that did not arrive as a whole; `nil` for one that did.
    init?(_ arrival: RequestBody.Arrival, limit: Int) {
        switch arrival {
        case .complete: return nil
        case .tooLarge: self.init(.payloadTooLarge, "The body is larger than \(limit) bytes.")
        case .truncated: self.init(.invalidRequest, "The body is shorter than its Content-Length.")
        }
    }

    init(_ fault: MalformedRequest) {
        switch fault {
        case .method: self.init(.invalidRequest, "The request has no valid method.")
        case .target: self.init(.invalidRequest, "The request has no valid target.")
        case .contentLength: self.init(.invalidRequest, "Content-Length is no number.")
        case .repeatedField(let name): self.init(.invalidRequest, "The field \(name) may stand only once.")
        }
    }

    init(_ error: AuthenticationError) {
        switch error {
        case .invalidInput(let faults):
            self = .invalidInput(faults)
        case .invalidCredentials(let earliest, _):
            self.init(.invalidCredentials, "Email or password is wrong.", headerFields: Self.challenge())
            self.earliest = earliest
        case .wrongPresentPassword(let earliest, _):
            // No 401: the caller's credential is good, and nothing is gained by a new login.
            self = .invalidInput([
                InputFault("current_password", .incorrect, "This is not the present password.")
            ])
            self.earliest = earliest
        case .accountInactive:
            self.init(.accountInactive, "The account is not active.")
        case .accountExists:
            self.init(.accountExists, "An account with this email exists.")
        case .organizationForbidden:
            self.init(.forbidden, "The credential may not act in this organization.")
        case .roleNotGrantable(let own):
            let names = own.names.joined(separator: ", ")
            self.init(.roleNotGrantable, "A role above the credential's own (\(names)) can't be granted.")
        case .scopeNotGrantable(let own):
            let names = own.names.joined(separator: ", ")
            self.init(
                .insufficientScope, "A token gets no scope beyond those of its maker (\(names)).",
                headerFields: Self.challenge(Self.insufficientScope))
        case .accountAboveOwn:
            self.init(
                .forbidden, "The account has a role above the credential's own, or its home in another organization.")
        case .ownAccount:
            self.init(.forbidden, "This can't be done to one's own account. PUT /account/me changes its password.")
        case .joinWouldRaise:
            self.init(
                .conflict, "You could join again with a higher role: an administrator there has to remove you.")
        case .homeUser:
            self.init(.conflict, "The account was made in this organization, and stays in it until it is erased.")
        case .notFound:
            self = .notFound
        case .lastOwner:
            self.init(.conflict, "The organization would be left without an owner.")
        case .alreadyMember:
            self.init(.conflict, "The account has a user in the organization already.")
        case .joinRefused:
            self.init(.forbidden, "The organization does not let this account join by itself.")
        case .slugTaken:
            self.init(.conflict, "An organization with this slug exists.")
        case .alreadyInitialized:
            self.init(.conflict, "The installation has an owner already.")
        case .tooManyAttempts(let seconds, let counter):
            self.init(
                .tooManyAttempts, "There were too many attempts: try again later.",
                headerFields: [.retryAfter: String(seconds)])
            throttled = counter
        case .attemptsUnderWay:
            self.init(
                .tooManyAttempts, "There were too many attempts: try again later.", headerFields: [.retryAfter: "1"])
        case .overloaded(let seconds):
            self.init(
                .overloaded, "Too many passwords are being checked: try again later.",
                headerFields: [.retryAfter: String(seconds)])
        case .tooManyLists(let seconds):
            self.init(
                .overloaded, "Too many lists are being read: try again later.",
                headerFields: [.retryAfter: String(seconds)])
        case .store(let error) where error.kind == .unexpected:
            self = .internalError
        case .store:
            self.init(
                .unavailable, "The store does not answer: try again later.", headerFields: [.retryAfter: "5"])
        case .cryptography:
            self = .internalError
        }
    }

    private static let insufficientScope = #", error="insufficient_scope""#

    /// The challenge that goes with every 401 and with missing scopes (RFC 6750, section 3).
    private static func challenge(_ parameters: String = "") -> ResponseFields {
        [.wwwAuthenticate: #"Bearer realm="postern"\#(parameters)"#]
    }
}
