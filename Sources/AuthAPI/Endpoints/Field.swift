import HTTP
import Identity
import JSON

/// A member of a body as the document describes it.
protocol DescribedField: Sendable {
    /// The name; a member of an object inside stands behind a slash: `user_info/name`.
    var name: String { get }
    var isRequired: Bool { get }
    var example: JSONValue? { get }
    func schema(_ policy: PasswordPolicy) -> Schema
}

/// A member of a body, read into a value. One that is missing or null is `nil`, since both mean the same in a request.
struct Field<Value: FieldValue>: DescribedField {
    let name: String
    let isRequired: Bool
    let example: JSONValue?
    private let makesSchema: @Sendable (PasswordPolicy) -> Schema

    /// Describes a member.
    ///
    /// - Parameter example: the value in the example of the body; `nil` to leave it out there.
    init(
        _ name: String, _ schema: @autoclosure @escaping @Sendable () -> Schema, _ description: String = "",
        example: JSONValue? = nil, isRequired: Bool = false
    ) {
        self.name = name
        self.isRequired = isRequired
        self.example = example
        makesSchema = { _ in (isRequired ? schema() : schema().orNull).described(description) }
    }

    /// Describes a new password.
    init(newPassword name: String, example: JSONValue? = nil, isRequired: Bool = false) where Value == Password {
        self.name = name
        self.isRequired = isRequired
        self.example = example
        makesSchema = { policy in
            let schema = Schema.string(
                format: "password", pattern: #"^[^\u0000]*$"#, minLength: policy.minimumLength,
                maxLength: PasswordPolicy.maximumLength)
            return (isRequired ? schema : schema.orNull).described(
                """
                Compared in Normalization Form C, and never cut or trimmed. Refused are the email address \
                (`equals_email`), the most common passwords and what is little more than a name of the product or \
                company (`too_common`), and, where the installation has a list of them, passwords that a leak has made \
                public (`breached`).
                """)
        }
    }

    func schema(_ policy: PasswordPolicy) -> Schema { makesSchema(policy) }
}
