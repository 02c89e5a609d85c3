/// A choice of an account's sessions or API tokens.
public enum CredentialSelection: Sendable, Equatable {
    case sessions
    case session(Identifier<Session>)
    case apiTokens
    case apiToken(Identifier<APIToken>)
}

/// The sessions and API tokens of an account as those see and end them who manage it.
///
/// Both take the right to act on the account: they tell addresses, and what programs may do.
extension AuthenticationService {
    /// The sessions of an account that still count, the oldest first.
    ///
    /// - Throws: `.notFound`, `.accountAboveOwn`, `.store`.
    public func managedSessions(
        of id: Identifier<Account>, _ page: PageRequest, by caller: Caller
    ) throws(AuthenticationError) -> Page<Session> {
        try require(caller, mayManage: id)
        return try sessions(of: id, page, by: caller)
    }

    /// The API tokens of an account, the oldest first: all for who administers the installation, else those that act in the
    /// caller's organization.
    ///
    /// - Throws: `.notFound`, `.accountAboveOwn`, `.organizationForbidden`, `.store`.
    public func managedAPITokens(
        of id: Identifier<Account>, _ page: PageRequest, by caller: Caller
    ) throws(AuthenticationError) -> Page<APIToken> {
        try require(caller, mayManage: id)
        let organization = caller.administersInstallation ? nil : try caller.requireOrganization()
        let filter = APITokenFilter(account: id, organization: organization)
        return try readList(for: caller) { store throws(StoreError) in try store.apiTokens(filter, page).map(\.token) }
    }

    /// Ends sessions or API tokens of an account, wherever they act: they are refused from the next request on.
    ///
    /// - Throws: `.notFound`, also where the one that is named is not the account's; `.accountAboveOwn`, `.store`,
    ///   `.cryptography`.
    public func end(
        _ selection: CredentialSelection, of id: Identifier<Account>, by caller: Caller
    ) throws(AuthenticationError) {
        var count = 0
        _ = try change(.account(id)) { account, _ throws(AuthenticationError) in
            try Self.require(caller, mayManage: account)
            var change = change(of: account, by: caller)
            change.end(selection)
            change.ending = { [ending = change.ending] credential in
                count += 1
                return try ending(credential)
            }
            return change
        }
        switch selection {
        case .sessions, .apiTokens: break
        case .session(let session): guard count > 0 else { throw .notFound("a session \(session)") }
        case .apiToken(let token): guard count > 0 else { throw .notFound("an API token \(token)") }
        }
    }

    private func require(_ caller: Caller, mayManage id: Identifier<Account>) throws(AuthenticationError) {
        let account = try AuthenticationError.wrapping { try store.account(id) }
        guard let account else { throw .notFound("an account \(id)") }
        try Self.require(caller, mayManage: account)
    }

    private static func require(_ caller: Caller, mayManage account: Account) throws(AuthenticationError) {
        guard caller.view(of: account) != nil else { throw .notFound("an account \(account.id)") }
        try caller.require(mayActOn: account)
    }
}

extension AccountEdit {
    fileprivate mutating func end(_ selection: CredentialSelection) {
        switch selection {
        case .sessions: endedSessions = .all
        case .session(let id): endedSessions = .one(id)
        case .apiTokens: endsAPIToken = { _ in true }
        case .apiToken(let id): endsAPIToken = { $0.id == id }
        }
    }
}
