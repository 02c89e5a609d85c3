import HTTP
import HTTPTypes

extension Endpoint {
    /// The whole API. Of two paths that fit the first counts.
    static let all = numbered([
        // Authentication
        .register, .logIn, .logOut, .currentSession, .verify,
        // The own account
        .ownAccount, .updateOwnAccount,
        .ownSessions, .endOtherSessions, .endOwnSession,
        .ownAPITokens, .createAPIToken, .revokeOwnAPIToken,
        .ownOrganizations, .joinOrganization, .leaveOrganization,
        // Accounts
        .accounts, .account, .updateAccount, .eraseAccount, .resetPassword,
        .sessionsOfAccount, .endSessionsOfAccount, .endSessionOfAccount,
        .apiTokensOfAccount, .revokeAPITokensOfAccount, .revokeAPITokenOfAccount,
        // The organization
        .ownUser, .users, .createUser, .user, .updateUser, .removeUser, .activateUser, .deactivateUser,
        .organization, .updateOrganization, .auditEvents,
        // Operation
        .openAPIDocument, .live, .ready, .prometheusMetrics, .servingStatus,
    ])

    private static func numbered(_ endpoints: [Endpoint]) -> [Endpoint] {
        endpoints.enumerated().map { number, endpoint in
            var endpoint = endpoint
            endpoint.number = number
            return endpoint
        }
    }
}
