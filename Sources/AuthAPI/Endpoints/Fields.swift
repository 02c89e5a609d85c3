public import HTTP
public import Identity

/// The fields of a body or a query, whose faults are those of the domain.
typealias Fields = FieldReader<InputFault>

extension InputFault: FieldFault {
    /// Makes the fault that a reader found.
    public init(_ field: String, _ cause: FieldCause) {
        self.init(field, Code(cause), cause.detail)
    }
}

extension InputFault.Code {
    fileprivate init(_ cause: FieldCause) {
        switch cause {
        case .wrongType: self = .wrongType
        case .invalidFormat: self = .invalidFormat
        case .outOfRange: self = .outOfRange
        case .tooManyItems: self = .tooLong
        case .repeated: self = .repeated
        case .unknown: self = .unknownParameter
        case .notChangeable: self = .notChangeable
        }
    }
}

extension FieldReader where Fault == InputFault {
    /// The value of a member of a body; `nil` where it is missing, null or wrong.
    subscript<Value>(field: Field<Value>) -> Value? {
        mutating get { Value.read(field.name, from: &self) }
    }

    /// The value of a parameter of a query; `nil` where it is missing or wrong.
    subscript<Value>(parameter: QueryParameter<Value>) -> Value? {
        mutating get {
            let fault = InputFault(parameter.name, parameter.fault.code, parameter.fault.detail)
            return value(parameter.name, fault, read: parameter.read)
        }
    }

    /// Makes sure that the parameters of a query that were asked for had no fault.
    func check() throws(Problem) {
        guard faults.isEmpty else { throw .invalidQuery(faults) }
    }
}

extension Identifier {
    /// The sentence about a text that is not an identifier.
    static var formDetail: String {
        "This is not an identifier such as \(Entity.identifierPrefix)6c8a1f3b2d4e5f7a."
    }
}
