import Identity

// The texts that tell a programmer what a fault of the input is.
extension InputFault.Code {
    /// The meaning of the code, in CommonMark.
    var meaning: String {
        switch self {
        case .required: "The member or parameter is missing or empty."
        case .wrongType: "The value has another JSON type than the schema."
        case .invalidFormat: "The text does not have the form of an email address, identifier, time and so on."
        case .invalidCharacter: "The text has a character that is not allowed, such as a control character."
        case .tooShort: "The password is shorter than the installation requires."
        case .tooLong: "The text or list is too long."
        case .tooCommon: "The password is one of the most common ones, or mostly a name of the product or company."
        case .breached: "The password is on the list of passwords that leaks have made public."
        case .equalsEmail: "The password is the email address."
        case .unknownRole: "There is no such role, or not in an organization."
        case .unknownScope: "There is no such scope."
        case .unknownState: "The state is neither `Active` nor `Inactive`."
        case .outOfRange: "The value is outside of the allowed range, or contradicts another one."
        case .unchanged: "The new password is the present one."
        case .incorrect: "The present password is wrong."
        case .repeated: "A value that may occur only once occurs twice."
        case .unknownOrganization: "There is no such organization. Only when accounts are imported."
        case .notChangeable: "The member exists, but this request cannot change it."
        case .accountExists: "There is an account with this email address. Only when accounts are imported."
        case .unusableHash: "The password hash cannot be used. Only when accounts are imported."
        case .malformedJSON: "The line is not JSON. Only when accounts are imported."
        case .unknownKind: "There is no such type of event."
        case .unknownParameter: "There is no such parameter. Only `GET /auth/verify` refuses unknown ones."
        }
    }

    /// All codes with their meanings, as a list in CommonMark.
    static var meanings: String { allCases.map { "- `\($0.rawValue)`: \($0.meaning)" }.joined(separator: "\n") }
}
