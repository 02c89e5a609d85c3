import HTTP
import HTTPTypes

extension AuthAPI {
    /// The routes of the path that is asked for, and what it has in place of their parameters.
    func routes(for request: Request) throws(Problem) -> (routes: [Endpoint], parameters: [String: String]) {
        // No route has a path beyond ASCII, and to look for one takes quadratic time in its combining marks.
        guard let path = routePath(of: request), path.utf8.allSatisfy({ $0 < 0x80 }) else { throw .notFound }
        // By bytes too: what is equal to Unicode is another path all the same.
        if let routes = Endpoint.fixed[path], routes[0].path.text.utf8.elementsEqual(path.utf8) { return (routes, [:]) }
        let segments = PathPattern.segments(of: path)
        for route in Endpoint.all {
            guard let parameters = PathPattern(route.path.text).match(segments) else { continue }
            return (Endpoint.all.filter { $0.path.text == route.path.text }, parameters)
        }
        throw .notFound
    }

    /// The path below the base path; `nil` where the request is for something else.
    ///
    /// The base path may stand right at the beginning, or behind where the server mounted the program, as under a
    /// `cgi-bin`.
    func routePath(of request: Request) -> String? {
        let path = PercentEncoding.normalize(request.path)
        if let rest = path.removingPrefix(settings.basePath) { return rest }
        guard !request.scriptName.isEmpty else { return nil }
        return path.removingPrefix(request.scriptName)?.removingPrefix(settings.basePath)
    }
}

extension String {
    /// What follows a prefix that ends where a path segment does.
    fileprivate func removingPrefix(_ prefix: String) -> String? {
        // By bytes: a combining mark behind the prefix is another path, and no other character.
        guard utf8.starts(with: prefix.utf8) else { return nil }
        let rest = utf8.dropFirst(prefix.utf8.count)
        return rest.first == UInt8(ascii: "/") ? String(decoding: rest, as: UTF8.self) : nil
    }
}

extension Endpoint {
    /// Those of each path without a parameter.
    static let fixed = Dictionary(grouping: all.filter(\.path.parameters.isEmpty), by: \.path.text)

    /// The value of `Allow` for a path with these endpoints.
    static func allowedMethods(_ endpoints: [Endpoint]) -> String {
        let methods = endpoints.flatMap { $0.method == .get ? [$0.method, .head] : [$0.method] }
        return (methods + [.options]).map(\.rawValue).joined(separator: ", ")
    }
}

/// A path, or all paths that differ in some segments only: `/account/{id}`.
struct PathPattern: Sendable, Hashable {
    private enum Segment: Hashable {
        case fixed([UInt8])
        case parameter(String)
    }

    /// The pattern as it is written.
    let text: String
    private let segments: [Segment]

    init(_ text: String) {
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
