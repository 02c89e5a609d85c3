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
    /// The value of a member of a body; `nil` if it is missing, null or wrong.
    subscript<Value>(field: Field<Value>) -> Value? {
        mutating get { Value.read(field.name, from: &self) }
    }

    /// The value of a parameter of a query; `nil` if it is missing or wrong.
    subscript<Value>(parameter: QueryParameter<Value>) -> Value? {
        mutating get { value(parameter.name, parameter.read) }
    }

    /// A string as `read` takes it; `nil` if it is missing, null or wrong.
    mutating func value<Value>(_ name: String, _ read: (String) throws(ValueFault) -> Value) -> Value? {
        string(name).flatMap { value(of: $0, name, read) }
    }

    /// A text as `read` takes it; a fault is noted under a name.
    mutating func value<Value>(
        of text: String, _ name: String, _ read: (String) throws(ValueFault) -> Value
    ) -> Value? {
        do throws(ValueFault) {
            return try read(text)
        } catch {
            note(InputFault(name, error.code, error.detail))
            return nil
        }
    }

    /// Makes sure that the parameters of a query that were asked for had no fault.
    func check() throws(Problem) {
        guard faults.isEmpty else { throw .invalidQuery(faults) }
    }
}
