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

    /// A reference to the parameter among the components, or the definition if it is not there.
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
    let read: @Sendable (String) throws(ValueFault) -> Value

    /// Describes a parameter with a reader of its own.
    init(
        _ name: String, _ description: String, _ schema: @autoclosure @escaping @Sendable () -> Schema,
        component: String? = nil, read: @escaping @Sendable (String) throws(ValueFault) -> Value
    ) {
        self.name = name
        self.description = description
        self.component = component
        makesSchema = schema
        self.read = read
    }

    /// Describes a parameter that stands for a value.
    init(
        _ name: String, _ description: String, _ schema: @autoclosure @escaping @Sendable () -> Schema = Value.schema
    ) where Value: InputValue & JSONForm {
        self.init(name, description, schema()) { text throws(ValueFault) in try Value(input: text) }
    }

    var location: ParameterLocation { .query }
    var schema: Schema { makesSchema() }
}

/// A header field of requests. The API reads those as it authenticates.
struct HeaderParameter: DescribedParameter {
    let name: String
    let component: String?
    let description: String

    var location: ParameterLocation { .header }
    var schema: Schema { .string }

    static let organization = HeaderParameter(
        name: "X-Org", component: "Organization",
        description: "Slug or identifier of the organization to act in. The default is that of the credential.")

    static let clientAddress = HeaderParameter(
        name: "X-Client-Address", component: "ClientAddress",
        description: """
            The IP address of the client for which a program acts, with or without a port, as in `203.0.113.7` or \
            `[2001:db8::1]:443`. It counts only with the scope `client-address`. Without it, failed logins are \
            throttled by account alone.
            """)

    static let requestID = HeaderParameter(
        name: "X-Request-Id", component: "RequestID",
        description: """
            The identifier of the request in all logs: 1 to 64 characters of `A-Za-z0-9._-`. Another one is replaced.
            """)

    static let all: [any DescribedParameter] = [organization, clientAddress, requestID]
}
