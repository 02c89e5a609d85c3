import HTTP
import HTTPTypes
import Identity

extension Problem {
    /// Maps an error of the domain to its problem. Nothing else maps errors to HTTP.
    init(_ error: AuthenticationError) {
        switch error {
        case .invalidInput(let faults):
            self = .invalidInput(faults)
        case .invalidCredentials(let earliest, _, _):
            self.init(.invalidCredentials, "Email or password is wrong.", headerFields: Self.challenge())
            self.earliest = earliest
        case .wrongPresentPassword(let earliest, _):
            // No 401: the caller's credential is good, and nothing is gained by a new login.
            self = .invalidInput([
                InputFault("current_password", .incorrect, "This is not the present password.")
            ])
            self.earliest = earliest
        case .secondFactorRequired(let offer): self = .secondFactorRequired(offer)
        case .loginExpired:
            self.init(
                .loginExpired, "The login is over, or was begun by somebody else: begin anew.",
                headerFields: Self.challenge())
        case .invalidFactor(let refusal, _):
            self.init(
                .invalidCredentials, "The code or the key does not prove a second factor.",
                headerFields: Self.challenge())
            reason = refusal.rawValue
        case .reauthenticationRequired(let request): self = .reauthenticationRequired(request)
        case .sessionRequired: self = .needsSession
        case .sessionGone: self = .invalidToken(.unknown, clearing: nil)
        case .secondFactorEnrolmentRequired: self = .secondFactorEnrolmentRequired
        case .secondFactorsOff:
            self.init(.forbidden, "The installation lets nobody add a second factor.")
        case .noPublicURL: self = .notFound
        case .tooManyFactors:
            self.init(.conflict, "The account has \(Factor.most) factors, which is the most: remove one first.")
        case .lastFactor:
            self.init(.conflict, "The account must have a second factor, and this is its last: add another one first.")
        case .noFactor:
            self.init(.conflict, "The account has no second factor: add one first, with which recovery codes come.")
        case .credentialTaken:
            self.init(.conflict, "An account has this passkey already.")
        case .invalidRegistration(let why):
            self = .invalidInput([
                InputFault("credential", .invalidFormat, "This is not an answer to the options that were given out.")
            ])
            reason = why
        case .accountInactive:
            self.init(.accountInactive, "The account is not active.")
        case .accountExists:
            self.init(.accountExists, "An account with this email exists.")
        case .organizationForbidden:
            self.init(.forbidden, "The credential may not act in this organization.")
        case .roleNotGrantable(let own):
            let names = own.names.joined(separator: ", ")
            self.init(.roleNotGrantable, "A role above the credential's own (\(names)) can't be granted.")
        case .scopeNotGrantable(let own):
            let names = own.names.joined(separator: ", ")
            self.init(
                .insufficientScope, "A token gets no scope beyond those of its maker (\(names)).",
                headerFields: Self.challenge(Self.insufficientScope))
        case .accountAboveOwn:
            self.init(
                .forbidden, "The account has a role above the credential's own, or its home in another organization.")
        case .ownAccount:
            self.init(.forbidden, "This can't be done to one's own account. PUT /account/me changes its password.")
        case .joinWouldRaise:
            self.init(
                .conflict, "You could join again with a higher role: an administrator there has to remove you.")
        case .homeUser:
            self.init(.conflict, "The account was made in this organization, and stays in it until it is erased.")
        case .notFound:
            self = .notFound
        case .lastOwner:
            self.init(.conflict, "The organization would be left without an owner.")
        case .alreadyMember:
            self.init(.conflict, "The account has a user in the organization already.")
        case .joinRefused:
            self.init(.forbidden, "The organization does not let this account join by itself.")
        case .slugTaken:
            self.init(.conflict, "An organization with this slug exists.")
        case .lastOrganization:
            self.init(.conflict, "It is the only organization of the installation.")
        case .alreadyInitialized:
            self.init(.conflict, "The installation has an owner already.")
        case .tooManyAttempts(let seconds, let counter):
            self.init(
                .tooManyAttempts, "There were too many attempts: try again later.",
                headerFields: [.retryAfter: String(seconds)])
            throttled = counter
        case .attemptsUnderWay:
            self.init(
                .tooManyAttempts, "There were too many attempts: try again later.", headerFields: [.retryAfter: "1"])
        case .overloaded(let seconds):
            self.init(
                .overloaded, "Too many passwords are being checked: try again later.",
                headerFields: [.retryAfter: String(seconds)])
        case .tooManyLists(let seconds):
            self.init(
                .overloaded, "Too many lists are being read: try again later.",
                headerFields: [.retryAfter: String(seconds)])
        case .store(let error) where error.kind == .unexpected:
            self = .internalError
        case .store(let error) where error.kind == .uncertain:
            self.init(
                .unavailable, "The store did not answer: the change may have been made. Look, or try again later.",
                headerFields: [.retryAfter: "5"])
        case .store:
            self.init(
                .unavailable, "The store does not answer: try again later.", headerFields: [.retryAfter: "5"])
        case .breachedPasswords:
            self.init(
                .unavailable, "New passwords can't be checked at the moment: try again later.",
                headerFields: [.retryAfter: "60"])
        case .keys:
            self.init(
                .unavailable, "The server lacks the keys for this: try again later.",
                headerFields: [.retryAfter: "60"])
        case .cryptography:
            self = .internalError
        }
    }
}
