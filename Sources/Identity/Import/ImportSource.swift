/// A system whose exports can be imported. It makes a form of each record; `framing` has the way in which records are
/// cut out of the file.
///
///     var reader = ImportReader(ImportFormat.htpasswd.source(options))
///     try reader.take(chunk) { record in … }
public protocol ImportSource: Sendable {
    /// The way in which the records stand in the file.
    var framing: ImportFraming { get }

    /// Reads a record.
    func read(_ record: ImportRecord) throws(AuthenticationError) -> ImportResult
}

/// A record that was read.
public enum ImportResult: Sendable {
    /// The form of its account.
    case form(ImportForm)
    /// The faults for which it can't be imported, and the names by which the record can be told, if it has any.
    case refused([InputFault], email: EmailAddress?, externalID: String?)
    /// The record is not an account: it is a group, for example.
    case skipped

    /// Makes a form, or tells its faults.
    ///
    /// - Throws: the errors of `make`, but `AuthenticationError.invalidInput`.
    public init(
        email: EmailAddress? = nil, externalID: String? = nil, _ make: () throws(AuthenticationError) -> ImportForm
    ) throws(AuthenticationError) {
        do throws(AuthenticationError) {
            self = .form(try make())
        } catch {
            guard case .invalidInput(let faults) = error else { throw error }
            let isTold = externalID.map { (try? ImportForm.checkedExternalID($0)) != nil } ?? false
            self = .refused(faults, email: email, externalID: isTold ? externalID : nil)
        }
    }
}

/// The way in which the records of an export stand in their file.
public enum ImportFraming: Sendable, Equatable {
    /// A record is a line.
    case lines
    /// A record is a JSON object: an item of the array under a member's name, or with `nil` of an array that is the
    /// whole text, or one of several texts in a row.
    case objects(of: String?)
    /// A record is a row of a table whose first row has the names of the columns, or a JSON object as of
    /// `.objects(of: nil)`. The columns are those that no file may lack.
    case rows(columns: [String])
    /// A record is an entry of LDIF, of which these attributes are read, in lower case.
    case entries(attributes: Set<String>)
}

/// A record of an export.
public struct ImportRecord: Sendable {
    /// The word for the place of a record in its file.
    public enum Unit: String, Sendable {
        case line, record
    }

    /// The contents, as far as the framing knows them.
    public enum Content: Sendable, Equatable {
        /// A line without its end, or a JSON text.
        case text([UInt8])
        /// The fields of a row or an entry by name, each with its values.
        case fields([[UInt8]: [String]])
    }

    /// The number of the line at which it begins, or among the records, starting at 1.
    public let number: Int
    /// The contents.
    public let content: Content
}

/// The wishes of the operator about accounts of another system.
public struct ImportOptions: Sendable {
    /// The domain that makes an email address of a user name.
    public var domain: String?
    /// True to take a user name that is an email address for the account's, if the system has another field for it.
    public var takesNamesAsAddresses = false
    /// The text before each identifier of the other system.
    public var idPrefix = ""
    /// The roles of accounts that name none; empty for the default.
    public var roles: [Role] = []
    /// The role that the other system's administrators get as well.
    public var administratorRole: Role?
    /// The parameters of the project's hashes, for Firebase.
    public var firebase: FirebaseParameters?

    /// Makes options that change nothing.
    public init() {}
}

/// The systems whose exports are read as they come.
public enum ImportFormat: String, Sendable, CaseIterable {
    case htpasswd, django, wordpress, keycloak, auth0, firebase, devise, ldif

    /// The reader of its exports.
    public func source(_ options: ImportOptions) -> any ImportSource {
        switch self {
        case .htpasswd: Htpasswd(options: options)
        case .django: Django(options: options)
        case .wordpress: WordPress(options: options)
        case .keycloak: Keycloak(options: options)
        case .auth0: Auth0(options: options)
        case .firebase: Firebase(options: options)
        case .devise: Devise(options: options)
        case .ldif: LDIF(options: options)
        }
    }
}
