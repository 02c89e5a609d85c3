import HTTP
import Identity
import JSON

/// The part of a request in which a parameter stands.
enum ParameterLocation: String {
    case path, query, header
}

/// A parameter as the document describes it.
protocol DescribedParameter: Sendable {
    var name: String { get }
    var location: ParameterLocation { get }
    var description: String { get }
    var schema: Schema { get }
    /// The name among the components; `nil` for one of a single endpoint.
    var component: String? { get }
}

extension DescribedParameter {
    var component: String? { nil }

    /// The parameter, spelled out.
    var definition: JSONValue {
        var members: [(String, JSONValue)] = [("name", .string(name)), ("in", .string(location.rawValue))]
        if !description.isEmpty { members.append(("description", .string(description))) }
        if location == .path { members.append(("required", true)) }
        return .members(members + [("schema", schema.json)])
    }

    /// The parameter where it is used.
    var json: JSONValue {
        component.map { ["$ref": .string("#/components/parameters/\($0)")] } ?? definition
    }
}

/// A parameter of a query, read into a value. One that is missing is `nil`.
struct QueryParameter<Value: Sendable>: DescribedParameter {
    let name: String
    let description: String
    let component: String?
    let makesSchema: @Sendable () -> Schema
    /// The fault where `read` returns `nil`, in words and for programs.
    let fault: (detail: String, code: InputFault.Code)
    let read: @Sendable (String) -> Value?

    init(
        _ name: String, _ description: String, _ schema: @autoclosure @escaping @Sendable () -> Schema,
        component: String? = nil, fault detail: String, _ code: InputFault.Code = .invalidFormat,
        read: @escaping @Sendable (String) -> Value?
    ) {
        self.name = name
        self.description = description
        self.component = component
        makesSchema = schema
        fault = (detail, code)
        self.read = read
    }

    /// Describes an identifier.
    init<Entity: SendableMetatype>(_ name: String, _ description: String) where Value == Identifier<Entity> {
        self.init(name, description, .identifier(of: Entity.self), fault: Value.formDetail) { Identifier($0) }
    }

    /// Describes a moment.
    init(_ name: String, _ description: String) where Value == Timestamp {
        let form = """
            A moment as RFC 3339 has it, such as `2027-01-31T00:00:00Z` or `2027-01-31T01:00:00.5+01:00`; fractions of a \
            second count for nothing.
            """
        self.init(name, description, .moment.described(form), fault: Timestamp.formDetail) { Timestamp($0) }
    }

    /// Describes the name of a case.
    init(
        _ name: String, _ description: String, fault detail: String, _ code: InputFault.Code
    ) where Value: RawRepresentable & CaseIterable & SendableMetatype, Value.RawValue == String {
        self.init(name, description, .choice(Value.self), fault: detail, code) { Value(named: $0) }
    }

    var location: ParameterLocation { .query }
    var schema: Schema { makesSchema() }
}

/// A header field of requests. The API reads those where it authenticates.
struct HeaderParameter: DescribedParameter {
    let name: String
    let component: String?
    let description: String

    var location: ParameterLocation { .header }
    var schema: Schema { .string }

    static let organization = HeaderParameter(
        name: "X-Org", component: "Organization",
        description: "Slug or identifier of the organization to act in; without it, the credential's own.")

    static let clientAddress = HeaderParameter(
        name: "X-Client-Address", component: "ClientAddress",
        description: """
            The client for which a program acts: its IP address, in IPv6 also in brackets, and with or without a port, \
            which is dropped. Ignored without the scope `client-address`, as is an empty one. Without it failed logins are \
            throttled by account alone.
            """)

    static let requestID = HeaderParameter(
        name: "X-Request-Id", component: "RequestID",
        description: "Names the request in all logs. One of another form is replaced.")

    static let all: [any DescribedParameter] = [organization, clientAddress, requestID]
}
