import ArgumentParser
import FastCGI
import Glibc
import Identity
import JSON
import Logging
import System

/// The failure of a command: an exit code after sysexits(3), and lines for the operator.
struct CommandFailure: Error {
    /// The exit codes in use, beside 64 (wrong usage), which ArgumentParser sets.
    enum Code: Int32, CaseIterable {
        /// The input is not valid.
        case dataError = 65
        /// A file that the command line names cannot be read, or is not what it is taken for.
        case noInput = 66
        /// No such account, token or organization.
        case noUser = 67
        /// The store does not answer.
        case unavailable = 69
        /// A fault of the program or a library.
        case software = 70
        /// The output cannot be written.
        case ioError = 74
        /// A failure that may pass: the command can be repeated.
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

    /// Prints the lines to standard error, for the journal as errors. Nothing in a line, such as the name of a file,
    /// begins another one or reaches the terminal as a control character.
    ///
    /// - Returns: the exit code.
    func report() -> Int32 {
        let isForJournal = Journal.reads(STDERR_FILENO, ProgramEnvironment.process.variables)
        let head = (isForJournal ? Logger.Level.error.journalPrefix : "") + "postern: "
        for line in lines { Terminal.note(head + JSONString.printable(line)) }
        return code.rawValue
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
        case .unavailable, .uncertain: self.init(.unavailable, error.description)
        case .damaged, .unexpected: self.init(.software, error.description)
        case .unusable: self.init(.config, error.description)
        }
    }

    init(_ error: AuthenticationError) {
        switch error {
        case .invalidInput(let faults):
            self.init(.dataError, faults.map { $0.field.isEmpty ? $0.detail : "\($0.field): \($0.detail)" })
        case .accountExists: self.init(.dataError, "an account with this email address exists already")
        case .slugTaken: self.init(.dataError, "an organization with this slug exists: give another one with --slug")
        case .alreadyMember: self.init(.dataError, "the account is already a member of the organization")
        case .lastOwner:
            self.init(
                .dataError,
                "the organization would be left without an active owner: give another user the role "
                    + "\(Role.appOwner.rawValue) first, with `postern user update`")
        case .lastOrganization:
            self.init(
                .dataError,
                "it is the only organization, and nothing is served without one: create another one first, with "
                    + "`postern organization create`")
        case .notFound(let subject): self.init(.noUser, "cannot find \(subject)")
        case .alreadyInitialized: self.init(.dataError, "the database already has an organization")
        case .tooManyAttempts(let seconds, _): self.init(.temporary, "too many attempts: try again in \(seconds) s")
        case .attemptsUnderWay: self.init(.temporary, "too many attempts at once: try again")
        case .overloaded: self.init(.temporary, "too many passwords are being hashed: try again")
        case .tooManyLists: self.init(.temporary, "too many lists are being read: try again")
        case .store(let error): self.init(error)
        case .breachedPasswords(let fault):
            self.init(.unavailable, "the list of breached passwords cannot be read: \(fault)")
        case .keys(let reason): self.init(.config, reason.description)
        case .cryptography(let reason): self.init(.software, reason)
        case .organizationForbidden: self.init(.dataError, "the command acts in an organization: give --organization")
        case .accountAboveOwn: self.init(.dataError, "the account has a role above those of the command line")
        case .ownAccount: self.init(.dataError, "an account cannot do this to itself")
        case .joinWouldRaise: self.init(.dataError, "the account would be let in again with a higher role")
        case .homeUser:
            self.init(
                .dataError,
                "this organization is the home of the account, which stays in it until it is erased: deactivate the "
                    + "user, or erase the account")
        case .roleNotGrantable(let own):
            self.init(.dataError, "no role above \(own.names.joined(separator: ", ")) can be granted")
        case .scopeNotGrantable(let own):
            self.init(.dataError, "no scope but \(own.names.joined(separator: ", ")) can be given")
        case .invalidCredentials: self.init(.dataError, "no account has this email address and password")
        case .wrongPresentPassword: self.init(.dataError, "the current password is wrong")
        case .accountInactive: self.init(.dataError, "the account is not active")
        case .joinRefused: self.init(.dataError, "the organization does not let this account join by itself")
        case .secondFactorsOff:
            self.init(.dataError, "POSTERN_SECOND_FACTOR=off lets nobody add a second factor")
        case .tooManyFactors:
            self.init(.dataError, "the account has \(Factor.most) second factors, which is the most")
        case .secondFactorRequired, .loginExpired, .invalidFactor, .reauthenticationRequired, .sessionRequired,
            .sessionGone, .secondFactorEnrolmentRequired, .noPublicURL, .lastFactor, .noFactor, .credentialTaken,
            .invalidRegistration:
            self.init(.dataError, "this needs a session")
        }
    }

    /// The failure that an error stands for; `nil` for one of the parser's, which it reports itself.
    init?(any error: any Error) {
        switch error {
        case let failure as CommandFailure: self = failure
        case let error as AuthenticationError: self.init(error)
        case let error as StoreError: self.init(error)
        case let error as ProcessRightsError: self.init(error)
        case let error as ListenerError: self.init(error)
        case let error as ServerError: self.init(.software, error.description)
        case let error as SystemError:
            self.init(.software, ServerError.system(error).description)
        default:
            guard Postern.exitCode(for: error) == .failure else { return nil }
            self.init(.software, "\(error)")
        }
    }
}
