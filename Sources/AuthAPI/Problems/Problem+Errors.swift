import Identity

extension Problem {
    /// Maps an error of the domain to its problem. Nothing else maps errors to HTTP.
    init(_ error: AuthenticationError) {
        self =
            switch error {
            case .invalidInput(let faults): .invalidInput(faults)
            case .invalidCredentials(let earliest, _, _): .invalidCredentials(earliest)
            case .wrongPresentPassword(let earliest, _): .wrongPresentPassword(earliest)
            case .secondFactorRequired(let offer): .secondFactorRequired(offer)
            case .loginExpired: .loginExpired
            case .invalidFactor(let refusal, _): .invalidFactor(refusal)
            case .reauthenticationRequired(let request): .reauthenticationRequired(request)
            case .sessionRequired: .needsSession
            case .sessionGone: .invalidToken(.unknown, clearing: nil)
            case .secondFactorEnrolmentRequired: .secondFactorEnrolmentRequired
            case .secondFactorsOff: .secondFactorsOff
            case .noPublicURL, .notFound: .notFound
            case .tooManyFactors: .tooManyFactors
            case .lastFactor: .lastFactor
            case .noFactor: .noFactor
            case .credentialTaken: .credentialTaken
            case .invalidRegistration(let reason): .invalidRegistration(reason)
            case .accountInactive: .accountInactive
            case .accountExists: .accountExists
            case .organizationForbidden: .organizationForbidden
            case .roleNotGrantable(let own): .roleNotGrantable(above: own)
            case .scopeNotGrantable(let own): .scopeNotGrantable(beyond: own)
            case .accountAboveOwn: .accountAboveOwn
            case .ownAccount: .ownAccount
            case .joinWouldRaise: .joinWouldRaise
            case .homeUser: .homeUser
            case .lastOwner: .lastOwner
            case .alreadyMember: .alreadyMember
            case .joinRefused: .joinRefused
            case .slugTaken: .slugTaken
            case .lastOrganization: .lastOrganization
            case .alreadyInitialized: .alreadyInitialized
            case .tooManyAttempts(let seconds, let counter): .tooManyAttempts(retryAfter: seconds, by: counter)
            case .attemptsUnderWay: .tooManyAttempts(retryAfter: 1)
            case .overloaded(let seconds): .overloaded("Too many passwords are being checked", retryAfter: seconds)
            case .tooManyLists(let seconds): .overloaded("Too many lists are being read", retryAfter: seconds)
            case .store(let error): Problem(error)
            case .breachedPasswords: .breachedPasswordsUnreadable
            case .keys: .keysMissing
            case .cryptography: .internalError
            }
    }
}
