/// The meta-variables of one CGI/1.1 request (RFC 3875, section 4.1), in the order in which they came.
///
/// A web server may send a name twice (nginx before 1.23 does so for a repeated header field), so this is a list and
/// no dictionary: what is repeated is seen, and never silently the first or the last.
public struct MetaVariables: Sendable, ExpressibleByDictionaryLiteral {
    private var entries: [(name: String, value: String)] = []

    /// Makes an empty list.
    public init() {}

    /// Makes a list from names and values, as tests and the process environment give them.
    public init(_ variables: some Sequence<(key: String, value: String)>) {
        for (name, value) in variables { append(name: name, value: value) }
    }

    public init(dictionaryLiteral elements: (String, String)...) {
        for (name, value) in elements { append(name: name, value: value) }
    }

    /// Adds a variable. An empty name is ignored.
    public mutating func append(name: String, value: String) {
        if !name.isEmpty { entries.append((name, value)) }
    }

    /// The first value of a variable; `nil` where it is missing or empty, which RFC 3875, section 4.1, makes the same.
    public subscript(name: String) -> String? {
        for entry in entries where entry.name == name {
            return entry.value.isEmpty ? nil : entry.value
        }
        return nil
    }

    /// Every value of a variable, in order.
    public func values(of name: String) -> [String] {
        entries.filter { $0.name == name }.map(\.value)
    }

    /// The variables made from header fields of the request (RFC 3875, section 4.1.18), their `HTTP_` prefix cut off.
    var protocolVariables: some Sequence<(name: Substring.UTF8View, value: String)> {
        entries.lazy
            .filter { $0.name.utf8.starts(with: "HTTP_".utf8) }
            .map { ($0.name.utf8.dropFirst(5), $0.value) }
    }
}
