import HTTP

extension Endpoint {
    /// The whole API, in the order of the reference.
    static let all: [Endpoint] = [
        // Authentication
        .register, .logIn, .secondFactorOptions, .finishLogin, .passkeyLoginOptions, .logInByPasskey, .logOut,
        .currentSession, .confirmationOptions, .confirm, .verify,
        // The own account
        .ownAccount, .updateOwnAccount, .exportOwnAccount, .eraseOwnAccount,
        .ownFactors, .beginGenerator, .confirmGenerator, .registrationOptions, .registerKey, .renameOwnFactor,
        .removeOwnFactor, .renewRecoveryCodes,
        .ownSessions, .endOtherSessions, .endOwnSession,
        .trustedDevices, .removeTrustedDevice,
        .ownAPITokens, .createAPIToken, .revokeOwnAPIToken,
        .ownOrganizations, .joinOrganization, .leaveOrganization,
        // Accounts
        .accounts, .account, .updateAccount, .eraseAccount, .resetPassword,
        .factorsOfAccount, .resetFactorsOfAccount,
        .sessionsOfAccount, .endSessionsOfAccount, .endSessionOfAccount,
        .apiTokensOfAccount, .revokeAPITokensOfAccount, .revokeAPITokenOfAccount,
        // The organization
        .ownUser, .users, .createUser, .user, .updateUser, .removeUser, .activateUser, .deactivateUser,
        .organization, .updateOrganization, .auditEvents,
        // Operation
        .openAPIDocument, .live, .ready, .prometheusMetrics, .servingStatus,
    ]
}

/// An endpoint with its place in `Endpoint.all`, by which it is counted.
struct Route: Sendable {
    let endpoint: Endpoint
    let number: Int

    static let all = Endpoint.all.enumerated().map { Route(endpoint: $1, number: $0) }

    /// The table in which requests find their route.
    static let router: Router<Route> = {
        do {
            return try Router(all.map { .init($0.endpoint.method, RoutePattern($0.endpoint.path.text), $0) })
        } catch {
            preconditionFailure("\(error)")
        }
    }()
}
