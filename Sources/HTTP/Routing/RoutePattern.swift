/// A path, or all paths that differ in some segments only: `/account/{id}/session/{sessionId}`.
///
/// ```swift
/// let pattern: RoutePattern = "/account/{id}/session/{sessionId}"
/// pattern.parameterNames   // ["id", "sessionId"]
/// ```
public struct RoutePattern: Sendable, Hashable, ExpressibleByStringLiteral, CustomStringConvertible {
    /// A segment of the path, between two slashes.
    enum Segment: Hashable {
        case literal([UInt8])
        case parameter
    }

    /// The pattern as it is written.
    public let description: String
    /// The names of the parameters, in order; empty if the pattern stands for one path only.
    public let parameterNames: [String]
    let segments: [Segment]

    /// Reads a pattern, which begins with a slash. A segment in braces is a parameter.
    public init(_ text: String) {
        precondition(text.hasPrefix("/"), "a pattern begins with a slash")
        let parts = text.dropFirst().split(separator: "/", omittingEmptySubsequences: false)
        description = text
        parameterNames = parts.filter { $0.hasPrefix("{") }.map { String($0.dropFirst().dropLast()) }
        segments = parts.map { $0.hasPrefix("{") ? .parameter : .literal(Array($0.utf8)) }
    }

    /// Reads a pattern from a literal.
    public init(stringLiteral text: String) { self.init(text) }
}

/// The segments of a path that stand in place of a pattern's parameters.
public struct PathParameters: Sendable, Equatable {
    private let names: [String]
    private let values: [String]

    /// No parameters.
    public static let none = PathParameters([], [])

    init(_ names: [String], _ values: [String]) {
        (self.names, self.values) = (names, values)
    }

    /// The segment in place of a parameter: never empty, with unreserved characters decoded and all others as they
    /// came. `nil` if the pattern has no such parameter.
    public subscript(name: String) -> String? {
        names.firstIndex(of: name).map { values[$0] }
    }
}
