/// A fault in a field that a client sent, in the type in which an application collects them.
///
/// ```swift
/// extension InputFault: FieldFault {
///     init(_ field: String, _ cause: FieldCause) { self.init(field, Code(cause), cause.detail) }
/// }
/// ```
public protocol FieldFault: Sendable, Equatable {
    /// Makes the fault that a reader found.
    ///
    /// - Parameter field: the field's name. A slash leads into an object or to an item of an array: `roles/1`.
    init(_ field: String, _ cause: FieldCause)
}

/// The cause of a fault that a reader finds by itself.
public enum FieldCause: Sendable, Equatable {
    /// A JSON value of another type than asked for.
    case wrongType(FieldType)
    /// A text that does not stand for a value of the type.
    case invalidFormat(FieldType)
    /// A number outside of its bounds.
    case outOfRange(ClosedRange<Int>)
    /// An array with too many items.
    case tooManyItems(limit: Int)
    /// A field that stands there more than once.
    case repeated
    /// A field that nothing has asked for although all must be understood.
    case unknown
    /// A member that exists, but can't be changed by the request.
    case notChangeable

    /// The sentence for the sender of the field.
    public var detail: String {
        switch self {
        case .wrongType(let type), .invalidFormat(let type): "This must be \(type.rawValue)."
        case .outOfRange(let bounds): "This must be \(bounds.lowerBound) to \(bounds.upperBound)."
        case .tooManyItems(let limit): "This has at most \(limit) items."
        case .repeated: "This may stand only once."
        case .unknown: "There is no such parameter."
        case .notChangeable: "This can't be changed here."
        }
    }
}

/// The type of a field's value, in words.
public enum FieldType: String, Sendable {
    case string = "a string"
    case bool = "true or false"
    case integer = "a whole number"
    case strings = "an array of strings"
    case object = "an object"
}
