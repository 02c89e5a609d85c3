public import HTTPTypes
import System

/// A table of routes, made once, that finds the endpoint for a method and a path.
///
/// Literal segments win over parameters, from left to right: `/account/me` is never an `{id}`. Paths are compared by
/// bytes, since texts that are equal to Unicode are different paths all the same. A `GET` route answers `HEAD` too.
///
/// ```swift
/// let router = try Router([
///     .init(.get, "/account/{id}/session/{sessionId}", showSession),
///     .init(.get, "/.well-known/openid-configuration", isOutsideBase: true, showConfiguration),
/// ])
/// switch router.match(request, under: "/api/v1") {
/// case .endpoint(let endpoint, let parameters): endpoint(parameters["id"])
/// case .otherMethods(let allow): // 405, or 204 to OPTIONS, with `Allow`
/// case .nothing: // 404
/// }
/// ```
public struct Router<Endpoint: Sendable>: Sendable {
    /// One method on the paths of a pattern.
    public struct Route: Sendable {
        /// The method.
        public let method: HTTPRequest.Method
        /// The paths: below the base path, or of the whole server.
        public let pattern: RoutePattern
        /// True for a pattern of the whole server, such as `/.well-known/…`.
        public let isOutsideBase: Bool
        /// The function, or whatever else answers.
        public let endpoint: Endpoint

        /// Makes a route.
        public init(
            _ method: HTTPRequest.Method, _ pattern: RoutePattern, isOutsideBase: Bool = false, _ endpoint: Endpoint
        ) {
            self.method = method
            self.pattern = pattern
            self.isOutsideBase = isOutsideBase
            self.endpoint = endpoint
        }
    }

    /// The result of a look-up.
    public enum Match {
        /// The route's endpoint, with the path's parameters.
        case endpoint(Endpoint, PathParameters)
        /// The path has routes for other methods only: the value of `Allow`, with `HEAD` if there is `GET`, and
        /// `OPTIONS`.
        case otherMethods(allow: String)
        /// The path has no route.
        case nothing
    }

    private let below: RouteTree<Endpoint>
    private let outside: RouteTree<Endpoint>

    /// Makes the table.
    ///
    /// - Throws: `RouteConflict` if two routes have one method and match the same paths, or name a parameter
    ///   differently.
    public init(_ routes: [Route]) throws(RouteConflict) {
        below = try RouteTree(routes.filter { !$0.isOutsideBase })
        outside = try RouteTree(routes.filter(\.isOutsideBase))
    }

    /// Finds the route of a request.
    ///
    /// - Parameter basePath: the path under which the routes are: empty, or with a slash at its beginning and none at
    ///   its end. It stands right at the beginning, else behind the place where the web server mounted the program
    ///   (`SCRIPT_NAME`), as under a `cgi-bin`. A path that begins with it is never looked up behind the mount as well:
    ///   that would be a second way to each route, past the web server's rules for the first.
    public func match(_ request: Request, under basePath: String) -> Match {
        let path = PercentEncoding.normalize(request.path)
        let rest = path.removingPrefix(basePath) ?? path.removingPrefix(request.scriptName)?.removingPrefix(basePath)
        if let rest, case let match = below.match(request.method, rest), match.isFound { return match }
        return outside.match(request.method, path)
    }
}

/// Two routes that can't be told apart.
public struct RouteConflict: Error, Equatable, CustomStringConvertible {
    /// The pattern of the first.
    public let first: RoutePattern
    /// The pattern of the second.
    public let second: RoutePattern

    /// The sentence for the author of the routes.
    public var description: String { "the routes \(first) and \(second) match the same paths" }
}

extension Router.Match {
    fileprivate var isFound: Bool {
        if case .nothing = self { false } else { true }
    }
}

extension String {
    /// The rest behind a prefix that ends where a path segment does; `nil` if there is none.
    fileprivate func removingPrefix(_ prefix: String) -> String? {
        if prefix.isEmpty { return self }
        // By bytes: with a combining mark behind the prefix it is another path, and another character to `hasPrefix`.
        guard utf8.starts(with: prefix.utf8) else { return nil }
        let rest = utf8.dropFirst(prefix.utf8.count)
        return rest.first == UInt8(ascii: "/") ? String(Substring(rest)) : nil
    }
}
