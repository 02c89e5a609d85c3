/// One fault in a request, an import file or a command's arguments.
///
///     InputFault("password", .tooShort, "The password must have at least 8 characters.")
public struct InputFault: Error, Sendable, Equatable {
    /// A stable code for programs.
    public enum Code: String, Sendable, CaseIterable {
        /// A required member is missing or empty.
        case required
        /// A member has the wrong JSON type.
        case wrongType = "wrong_type"
        /// The text has the wrong form.
        case invalidFormat = "invalid_format"
        /// The text contains a character that is not allowed.
        case invalidCharacter = "invalid_character"
        /// The text is too short.
        case tooShort = "too_short"
        /// The text or list is too long.
        case tooLong = "too_long"
        /// The password is one of the most common ones, or little more than a name of the product or company.
        case tooCommon = "too_common"
        /// The password has become public in a leak.
        case breached
        /// The password is the email address.
        case equalsEmail = "equals_email"
        /// No role has this name.
        case unknownRole = "unknown_role"
        /// No scope has this name.
        case unknownScope = "unknown_scope"
        /// No state has this name.
        case unknownState = "unknown_state"
        /// The value is outside the allowed range.
        case outOfRange = "out_of_range"
        /// The new password is the current one.
        case unchanged
        /// The current password is wrong.
        case incorrect
        /// A value occurs twice that may occur only once.
        case repeated
        /// No organization has this name.
        case unknownOrganization = "unknown_organization"
        /// The member exists, but this request can't change it.
        case notChangeable = "not_changeable"
        /// An account has this email address.
        case accountExists = "account_exists"
        /// The password hash can't be imported.
        case unusableHash = "unusable_hash"
        /// The line is not valid JSON.
        case malformedJSON = "malformed_json"
        /// No kind of event has this name.
        case unknownKind = "unknown_type"
        /// No parameter has this name.
        case unknownParameter = "unknown_parameter"
    }

    /// The member, followed by a slash and an index in a list: `password`, `roles/1`.
    public let field: String
    /// The kind of fault.
    public let code: Code
    /// An explanation that may be shown to the sender.
    public let detail: String

    /// The maximum length of a name of a person, an organization or a token, in code points.
    public static let maximumNameLength = 256

    /// Creates a fault.
    public init(_ field: String, _ code: Code, _ detail: String) {
        self.field = field
        self.code = code
        self.detail = detail
    }
}

/// A reason why a text does not stand for the value asked for, thrown by initializers that do not know the field.
///
///     var faults: [InputFault] = []
///     let role = faults.value(of: "role") { () throws(ValueFault) in try Role(input: text) }
public struct ValueFault: Error, Sendable, Equatable {
    /// The kind of fault.
    public let code: InputFault.Code
    /// An explanation that may be shown to the sender.
    public let detail: String

    /// Creates a fault.
    public init(_ code: InputFault.Code, _ detail: String) {
        self.code = code
        self.detail = detail
    }
}

extension [InputFault] {
    /// Records that a required member is missing, unless it has another fault already.
    public mutating func noteMissing(_ field: String) {
        if !contains(where: { $0.field == field }) {
            append(InputFault(field, .required, "This is required."))
        }
    }

    /// Reads the value of a field.
    ///
    /// - Returns: `nil` if reading fails; the fault is recorded.
    public mutating func value<Value>(of field: String, _ read: () throws(ValueFault) -> Value) -> Value? {
        do throws(ValueFault) {
            return try read()
        } catch {
            append(InputFault(field, error.code, error.detail))
            return nil
        }
    }
}
