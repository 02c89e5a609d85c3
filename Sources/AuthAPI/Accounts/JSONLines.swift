import HTTP
public import Identity
import JSON

/// Accounts as JSON, one object on each line: the form that any script can make, if no reader of a system's own
/// exports does.
///
/// An object has the members `email` and `password_hash`, and any of `name`, `given_name`, `family_name`, `roles`,
/// `state`, `created_at`, `external_id` and `organization`. Other members count for nothing.
public struct JSONLines: ImportSource {
    public let framing = ImportFraming.lines
    private let options: ImportOptions

    /// Makes a reader. Of the options those count that are about identifiers and roles.
    public init(_ options: ImportOptions = ImportOptions()) { self.options = options }

    public func read(_ record: ImportRecord) throws(AuthenticationError) -> ImportResult {
        guard case .text(let line) = record.content else { return .skipped }
        var fields: Fields
        do throws(JSONBodyError) {
            fields = try Fields(json: RequestBody(line))
        } catch {
            return .refused([error.fault], email: nil, externalID: nil)
        }
        let email = fields.value("email", EmailAddress.init(input:))
        let passwordHash = fields.nullableString("password_hash")
        let names = (
            name: fields.string("name"), given: fields.string("given_name"), family: fields.string("family_name")
        )
        let roles = [Role].read("roles", from: &fields) ?? options.roles
        let state = fields.value("state", Account.State.init(input:))
        let createdAt = fields.value("created_at", Timestamp.init(input:))
        let externalID = fields.string("external_id").map { options.idPrefix + $0 }
        let organization = fields.string("organization")
        let faults = fields.faults
        return try ImportResult(email: email, externalID: externalID) { () throws(AuthenticationError) in
            try ImportForm(
                email: email, passwordHash: passwordHash, name: names.name, givenName: names.given,
                familyName: names.family, roles: roles, state: state, createdAt: createdAt, externalID: externalID,
                organization: organization, faults: faults)
        }
    }
}

extension JSONBodyError {
    /// The fault of a line.
    fileprivate var fault: InputFault {
        switch self {
        case .malformed(let error): InputFault("", .malformedJSON, error.detail(of: "line"))
        case .notAnObject: InputFault("", .wrongType, "The line must be a JSON object.")
        }
    }
}
