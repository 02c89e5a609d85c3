import Gateway
import HTTPTypes
import Identity

/// One method on one path.
struct Route: Sendable {
    /// Who may call it.
    enum Access: Sendable, Equatable {
        /// Anybody.
        case open
        /// Who holds a credential of either kind.
        case any
        /// Who holds a credential of either kind, as a web server asks: what it asks about is for it alone to say.
        case verification
        /// Who holds an API token with a scope, or a session whose roles stand for that scope.
        case scope(Scope)
        /// Who holds a session.
        case session
        /// Who holds an API token with the scope `login`; anybody, where the installation lets browsers log in.
        case login
        /// Who holds an API token with the scope `login`, or a session.
        case logout

        /// Whether `X-Org` chooses the organization in which the caller acts. Logging in and out happens in none, and must
        /// not fail for the sake of one; a client must not choose in which one a web server asks for a role.
        var isInOrganization: Bool {
            switch self {
            case .open, .verification, .login, .logout: false
            case .any, .scope, .session: true
            }
        }
    }

    let method: HTTPRequest.Method
    /// The path below the base path.
    let path: PathPattern
    let access: Access
    /// The obligations under which it answers all the same.
    let permits: Obligations
    let endpoint: Endpoint
    /// Its place in `all`.
    private(set) var number = 0

    /// What answers it: a method of the API. It throws `Problem` and `AuthenticationError`.
    typealias Endpoint = @Sendable (AuthAPI) -> (Exchange) throws -> Response

    /// The whole API. Of two paths that fit the first counts.
    static let all: [Route] = numbered([
        Route(.post, "/auth/register", .scope(.register), AuthAPI.register),
        Route(.post, "/auth/login", .login, AuthAPI.login),
        Route(.post, "/auth/logout", .logout, AuthAPI.logout, permits: .newPassword),
        Route(.get, "/auth/session", .any, AuthAPI.session, permits: .newPassword),
        Route(.get, "/auth/verify", .verification, AuthAPI.verify),

        Route(.get, "/account/me", .any, AuthAPI.ownAccount),
        Route(.put, "/account/me", .session, AuthAPI.updateOwnAccount, permits: .newPassword),
        Route(.get, "/account/session", .session, AuthAPI.ownSessions),
        Route(.delete, "/account/session", .session, AuthAPI.endOtherSessions),
        Route(.delete, "/account/session/{id}", .session, AuthAPI.endOwnSession),
        Route(.get, "/account/token", .scope(.tokens), AuthAPI.ownAPITokens),
        Route(.post, "/account/token", .scope(.tokens), AuthAPI.createAPIToken),
        Route(.delete, "/account/token/{hash}", .scope(.tokens), AuthAPI.revokeOwnAPIToken),
        Route(.get, "/account/organization", .session, AuthAPI.ownOrganizations),
        Route(.post, "/account/organization/{id}/join", .session, AuthAPI.joinOrganization),
        Route(.delete, "/account/organization/{id}", .session, AuthAPI.leaveOrganization),

        Route(.get, "/account", .scope(.accountsRead), AuthAPI.accounts),
        Route(.get, "/account/{id}", .scope(.accountsRead), AuthAPI.account),
        Route(.post, "/account/{id}", .scope(.accountsWrite), AuthAPI.updateAccount),
        Route(.delete, "/account/{id}", .scope(.accountsWrite), AuthAPI.eraseAccount),
        Route(.post, "/account/{id}/reset-password", .scope(.accountsWrite), AuthAPI.resetPassword),
        Route(.get, "/account/{id}/session", .scope(.accountsRead), AuthAPI.sessionsOfAccount),
        Route(.delete, "/account/{id}/session", .scope(.accountsWrite), AuthAPI.endSessionsOfAccount),
        Route(.delete, "/account/{id}/session/{sessionId}", .scope(.accountsWrite), AuthAPI.endSessionOfAccount),
        Route(.get, "/account/{id}/token", .scope(.accountsRead), AuthAPI.apiTokensOfAccount),
        Route(.delete, "/account/{id}/token", .scope(.accountsWrite), AuthAPI.revokeAPITokensOfAccount),
        Route(.delete, "/account/{id}/token/{tokenId}", .scope(.accountsWrite), AuthAPI.revokeAPITokenOfAccount),

        Route(.get, "/app/me", .any, AuthAPI.ownUser),
        Route(.get, "/app/user", .scope(.accountsRead), AuthAPI.users),
        Route(.post, "/app/user", .scope(.accountsWrite), AuthAPI.createUser),
        Route(.get, "/app/user/{id}", .scope(.accountsRead), AuthAPI.user),
        Route(.put, "/app/user/{id}", .scope(.accountsWrite), AuthAPI.updateUser),
        Route(.delete, "/app/user/{id}", .scope(.accountsWrite), AuthAPI.removeUser),
        Route(.post, "/app/user/{id}/activate", .scope(.accountsWrite), AuthAPI.activateUser),
        Route(.post, "/app/user/{id}/deactivate", .scope(.accountsWrite), AuthAPI.deactivateUser),
        Route(.get, "/app/organization", .any, AuthAPI.organization),
        Route(.post, "/app/organization", .scope(.organizations), AuthAPI.updateOrganization),
        Route(.get, "/app/audit", .scope(.auditRead), AuthAPI.auditEvents),

        Route(.get, "/openapi.json", .open, AuthAPI.openAPIDocument),
        Route(.get, "/health/live", .open, AuthAPI.live),
        Route(.get, "/health/ready", .open, AuthAPI.ready),
        Route(.get, "/metrics", .open, AuthAPI.prometheusMetrics),
        Route(.get, "/status", .open, AuthAPI.servingStatus),
    ])

    /// Those of each path without a parameter.
    static let fixed = Dictionary(grouping: all.filter(\.path.parameterNames.isEmpty), by: \.path.text)

    private init(
        _ method: HTTPRequest.Method, _ path: PathPattern, _ access: Access, _ endpoint: @escaping Endpoint,
        permits: Obligations = []
    ) {
        self.method = method
        self.path = path
        self.access = access
        self.endpoint = endpoint
        self.permits = permits
    }

    private static func numbered(_ routes: [Route]) -> [Route] {
        routes.enumerated().map { number, route in
            var route = route
            route.number = number
            return route
        }
    }

    /// Whether it answers a method: its own, and `HEAD` where that is `GET`.
    func answers(_ method: HTTPRequest.Method) -> Bool {
        method == self.method || method == .head && self.method == .get
    }

    /// The value of `Allow` for a path with these routes.
    static func allowedMethods(_ routes: [Route]) -> String {
        let methods = routes.flatMap { $0.method == .get ? [$0.method, .head] : [$0.method] }
        return (methods + [.options]).map(\.rawValue).joined(separator: ", ")
    }
}

/// A path, or all paths that differ in some segments only: `/account/{id}`.
struct PathPattern: Sendable, Hashable, ExpressibleByStringLiteral {
    private enum Segment: Hashable {
        case fixed([UInt8])
        case parameter(String)
    }

    /// The pattern as it is written.
    let text: String
    private let segments: [Segment]

    init(stringLiteral text: String) {
        self.text = text
        segments = text.split(separator: "/", omittingEmptySubsequences: false).map { segment in
            segment.hasPrefix("{") ? .parameter(String(segment.dropFirst().dropLast())) : .fixed(Array(segment.utf8))
        }
    }

    /// The names of its parameters, in order; empty where it stands for one path only.
    var parameterNames: [String] {
        segments.compactMap { segment in
            if case .parameter(let name) = segment { name } else { nil }
        }
    }

    /// The segments of a path, to match many patterns with.
    static func segments(of path: String) -> [Substring.UTF8View] {
        path.utf8.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
    }

    /// What stands in a path in place of each parameter, by name; `nil` where the path is another.
    func match(_ path: [Substring.UTF8View]) -> [String: String]? {
        guard path.count == segments.count else { return nil }
        var parameters: [String: String] = [:]
        for (segment, part) in zip(segments, path) {
            switch segment {
            // By bytes: what is equal to Unicode is another path all the same.
            case .fixed(let bytes): guard part.elementsEqual(bytes) else { return nil }
            case .parameter(let name):
                guard !part.isEmpty else { return nil }
                parameters[name] = String(decoding: part, as: UTF8.self)
            }
        }
        return parameters
    }
}
