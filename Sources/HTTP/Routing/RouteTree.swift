import HTTPTypes

/// Routes by the segments of their patterns. A look-up follows the path, and makes nothing but the parameters' texts.
struct RouteTree<Endpoint: Sendable>: Sendable {
    /// The routes of one pattern: an object, since endpoints may be large to copy.
    private final class Leaf: Sendable {
        let pattern: RoutePattern
        let methods: [HTTPRequest.Method]
        let endpoints: [Endpoint]

        init(_ pattern: RoutePattern, _ methods: [HTTPRequest.Method], _ endpoints: [Endpoint]) {
            self.pattern = pattern
            self.methods = methods
            self.endpoints = endpoints
        }

        /// The value of `Allow`. It is made when it is asked for, since a CGI run makes all leaves and asks one at
        /// most.
        var allow: String {
            let allowed = methods.flatMap { $0 == .get ? [.get, .head] : [$0] } + [.options]
            return allowed.map(\.rawValue).joined(separator: ", ")
        }

        /// The place of the endpoint that answers a method: its own, or that of `GET` for `HEAD`.
        func index(of method: HTTPRequest.Method) -> Int? {
            methods.firstIndex(of: method) ?? (method == .head ? methods.firstIndex(of: .get) : nil)
        }
    }

    /// The patterns that have the same segments up to here.
    private struct Node {
        var literals: [(segment: [UInt8], node: Int)] = []
        var parameter: Int?
        var leaf: Leaf?
    }

    /// All nodes; the first is the root.
    private var nodes = [Node()]

    init(_ routes: [Router<Endpoint>.Route]) throws(RouteConflict) {
        for route in routes {
            var node = 0
            for segment in route.pattern.segments { node = child(of: node, segment) }
            try insert(route, at: node)
        }
    }

    private mutating func child(of node: Int, _ segment: RoutePattern.Segment) -> Int {
        switch segment {
        case .literal(let bytes):
            if let found = nodes[node].literals.first(where: { $0.segment == bytes }) { return found.node }
            nodes[node].literals.append((bytes, nodes.count))
        case .parameter:
            if let found = nodes[node].parameter { return found }
            nodes[node].parameter = nodes.count
        }
        nodes.append(Node())
        return nodes.count - 1
    }

    private mutating func insert(_ route: Router<Endpoint>.Route, at node: Int) throws(RouteConflict) {
        let leaf = nodes[node].leaf ?? Leaf(route.pattern, [], [])
        guard leaf.pattern == route.pattern, !leaf.methods.contains(route.method) else {
            throw RouteConflict(first: leaf.pattern, second: route.pattern)
        }
        nodes[node].leaf = Leaf(leaf.pattern, leaf.methods + [route.method], leaf.endpoints + [route.endpoint])
    }

    /// Finds the route of a path that begins with a slash. One with a character beyond ASCII is no path of a URI (RFC
    /// 3986, section 3.3), so it has no route, not even where a parameter stands.
    func match(_ method: HTTPRequest.Method, _ path: String) -> Router<Endpoint>.Match {
        guard path.utf8.allSatisfy({ $0 < 0x80 }) else { return .nothing }
        var values: [Substring] = []
        let segments = path.utf8.dropFirst()
        guard path.utf8.first == UInt8(ascii: "/"), let leaf = leaf(below: 0, Substring(segments), &values) else {
            return .nothing
        }
        guard let index = leaf.index(of: method) else { return .otherMethods(allow: leaf.allow) }
        let names = leaf.pattern.parameterNames
        return .endpoint(leaf.endpoints[index], names.isEmpty ? .none : PathParameters(names, values.map(String.init)))
    }

    /// Follows the segments of `path` from a node on: literals first, and back to the parameter if they lead nowhere.
    private func leaf(below node: Int, _ path: Substring, _ values: inout [Substring]) -> Leaf? {
        let bytes = path.utf8
        let end = bytes.firstIndex(of: UInt8(ascii: "/")) ?? bytes.endIndex
        let segment = bytes[..<end]
        let rest = end == bytes.endIndex ? nil : path[bytes.index(after: end)...]
        if let next = nodes[node].literals.first(where: { segment.elementsEqual($0.segment) })?.node,
            let found = rest.map({ leaf(below: next, $0, &values) }) ?? nodes[next].leaf
        {
            return found
        }
        guard let next = nodes[node].parameter, !segment.isEmpty else { return nil }
        values.append(Substring(segment))
        if let found = rest.map({ leaf(below: next, $0, &values) }) ?? nodes[next].leaf { return found }
        values.removeLast()
        return nil
    }
}
