import HTTP
import Identity

/// The path of an endpoint: fixed segments, and parameters by interpolation.
///
///     let session = PathParameter("sessionId", of: Session.self)
///     let path: EndpointPath = "/account/\(id)/session/\(session)"  // path.text is /account/{id}/session/{sessionId}
struct EndpointPath: Sendable, ExpressibleByStringInterpolation {
    /// The path with the parameters' names in braces.
    let text: String
    let parameters: [any DescribedParameter]

    init(stringLiteral text: String) {
        self.text = text
        parameters = []
    }

    init(stringInterpolation parts: StringInterpolation) {
        text = parts.text
        parameters = parts.parameters
    }

    struct StringInterpolation: StringInterpolationProtocol {
        fileprivate var text = ""
        fileprivate var parameters: [any DescribedParameter] = []

        init(literalCapacity: Int, interpolationCount: Int) {}

        mutating func appendLiteral(_ literal: String) { text += literal }

        mutating func appendInterpolation<Value>(_ parameter: PathParameter<Value>) {
            text += "{\(parameter.name)}"
            parameters.append(parameter)
        }
    }
}

/// A parameter of a path, read into a value.
struct PathParameter<Value: Sendable>: DescribedParameter {
    let name: String
    let makesSchema: @Sendable () -> Schema
    let read: @Sendable (String) -> Value?

    init(
        _ name: String, _ schema: @autoclosure @escaping @Sendable () -> Schema,
        read: @escaping @Sendable (String) -> Value?
    ) {
        self.name = name
        makesSchema = schema
        self.read = read
    }

    /// Describes an identifier.
    init<Entity: SendableMetatype>(_ name: String = "id", of _: Entity.Type) where Value == Identifier<Entity> {
        self.init(name, .identifier(of: Entity.self)) { Identifier($0) }
    }

    var location: ParameterLocation { .path }
    var description: String { "" }
    var schema: Schema { makesSchema() }
}
