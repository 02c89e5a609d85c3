/// One thing that is wrong with what somebody sent or typed.
public struct InputFault: Error, Sendable, Equatable {
    /// What kind of fault it is: stable, for programs.
    public enum Code: String, Sendable, CaseIterable {
        /// A required member is missing or empty.
        case required
        /// A member has another JSON type than it must have.
        case wrongType = "wrong_type"
        /// The text does not have the form that it must have.
        case invalidFormat = "invalid_format"
        /// The text holds a character that it may not hold.
        case invalidCharacter = "invalid_character"
        /// The text is shorter than it may be.
        case tooShort = "too_short"
        /// The text or list is longer than it may be.
        case tooLong = "too_long"
        /// The password is one of the most common ones.
        case tooCommon = "too_common"
        /// The password is the email address.
        case equalsEmail = "equals_email"
        /// There is no role of that name.
        case unknownRole = "unknown_role"
        /// There is no scope of that name.
        case unknownScope = "unknown_scope"
        /// There is no state of that name.
        case unknownState = "unknown_state"
        /// The value is not one that is allowed here.
        case outOfRange = "out_of_range"
        /// The new password is the present one.
        case unchanged
        /// The present password is not this one.
        case incorrect
        /// What may stand only once stands there twice.
        case repeated
        /// There is no organization of that name.
        case unknownOrganization = "unknown_organization"
        /// The member exists, and this request can't change it.
        case notChangeable = "not_changeable"
        /// An account has this email address.
        case accountExists = "account_exists"
        /// The password hash cannot be taken over.
        case unusableHash = "unusable_hash"
        /// The line is no JSON.
        case malformedJSON = "malformed_json"
        /// There is no kind of that name.
        case unknownKind = "unknown_type"
        /// There is no parameter of that name.
        case unknownParameter = "unknown_parameter"
    }

    /// The member, with an index behind a slash where it is a list: `password`, `roles/1`.
    public let field: String
    /// What kind of fault it is.
    public let code: Code
    /// What is wrong, in words that can be shown to whoever sent it.
    public let detail: String

    /// The longest name of a person, an organization or a token in code points.
    public static let maximumNameLength = 256

    /// Makes a fault.
    public init(_ field: String, _ code: Code, _ detail: String) {
        self.field = field
        self.code = code
        self.detail = detail
    }
}

extension [InputFault] {
    /// Notes that a required member is missing, unless something is wrong with it already.
    public mutating func noteMissing(_ field: String) {
        if !contains(where: { $0.field == field }) {
            append(InputFault(field, .required, "This is required."))
        }
    }
}
