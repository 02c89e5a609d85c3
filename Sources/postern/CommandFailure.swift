import FastCGI
import Identity
import System

/// Why a command ends without having done its work: a code after sysexits(3), and words for the operator.
struct CommandFailure: Error {
    /// The exit codes that are used.
    enum Code: Int32 {
        /// What was typed cannot be used.
        case dataError = 65
        /// A file cannot be read.
        case noInput = 66
        /// There is no such account, token or organization.
        case noUser = 67
        /// The store does not answer.
        case unavailable = 69
        /// A fault of the program or a library.
        case software = 70
        /// What was to be written could not be.
        case ioError = 74
        /// Try again later.
        case temporary = 75
        /// The configuration is wrong.
        case config = 78
    }

    let code: Code
    let lines: [String]

    init(_ code: Code, _ lines: [String]) {
        self.code = code
        self.lines = lines
    }

    init(_ code: Code, _ line: String) {
        self.init(code, [line])
    }

    init(_ error: ListenerError) {
        switch error {
        case .unknownGroup, .groupNotAllowed, .pathTooLong, .notASocket, .folderMissing, .hostUnknown, .noTakeOver:
            self.init(.config, error.description)
        case .inUse, .permission, .notListening, .system: self.init(.unavailable, error.description)
        }
    }

    init(_ error: ProcessRightsError) {
        switch error {
        case .unknownUser, .unknownGroup, .notRoot: self.init(.config, error.description)
        case .system: self.init(.unavailable, error.description)
        }
    }

    init(_ error: StoreError) {
        switch error.kind {
        case .unavailable: self.init(.unavailable, error.description)
        case .damaged, .unexpected: self.init(.software, error.description)
        case .unusable: self.init(.config, error.description)
        }
    }

    init(_ error: AuthenticationError) {
        switch error {
        case .invalidInput(let faults): self.init(.dataError, faults.map { "\($0.field): \($0.detail)" })
        case .accountExists: self.init(.dataError, "an account with this email address exists")
        case .slugTaken: self.init(.dataError, "an organization with this slug exists: give another one with --slug")
        case .alreadyMember: self.init(.dataError, "the account is a member of the organization already")
        case .lastOwner:
            self.init(
                .dataError,
                "the organization would be left without an active owner: give another user the role "
                    + "\(Role.appOwner.rawValue) first, with `postern user update`")
        case .notFound(let what): self.init(.noUser, "there is no such thing: \(what)")
        case .alreadyInitialized: self.init(.dataError, "the database has an organization already")
        case .tooManyAttempts(let seconds, _): self.init(.temporary, "too many attempts: try again in \(seconds) s")
        case .attemptsUnderWay: self.init(.temporary, "too many attempts at once: try again")
        case .overloaded: self.init(.temporary, "too many passwords are being hashed: try again")
        case .tooManyLists: self.init(.temporary, "too many lists are being read: try again")
        case .store(let error): self.init(error)
        case .cryptography(let reason): self.init(.software, reason)
        case .organizationForbidden: self.init(.dataError, "this happens in an organization: give --organization")
        case .accountAboveOwn: self.init(.dataError, "the account has a role above those of the command line")
        case .ownAccount: self.init(.dataError, "this can't be done to the own account")
        case .joinWouldRaise: self.init(.dataError, "the account would be let in again with a higher role")
        case .homeUser:
            self.init(
                .dataError,
                "the account was made in this organization, and stays in it until it is erased: deactivate the user, or "
                    + "erase the account")
        case .roleNotGrantable(let own):
            self.init(.dataError, "no role above \(own.names.joined(separator: ", ")) can be granted")
        case .scopeNotGrantable(let own):
            self.init(.dataError, "no scope but \(own.names.joined(separator: ", ")) can be given")
        case .invalidCredentials: self.init(.dataError, "no account has this email address and password")
        case .wrongPresentPassword: self.init(.dataError, "this is not the present password")
        case .accountInactive: self.init(.dataError, "the account is not active")
        case .joinRefused: self.init(.dataError, "the organization does not let this account join by itself")
        }
    }

    /// Runs an operation and gives its error the form that commands throw.
    static func wrapping<Value>(_ body: () throws -> Value) throws(CommandFailure) -> Value {
        do {
            return try body()
        } catch let failure as CommandFailure {
            throw failure
        } catch let error as AuthenticationError {
            throw CommandFailure(error)
        } catch let error as StoreError {
            throw CommandFailure(error)
        } catch let error as ProcessRightsError {
            throw CommandFailure(error)
        } catch let error as ListenerError {
            throw CommandFailure(error)
        } catch {
            throw CommandFailure(.software, "\(error)")
        }
    }
}
