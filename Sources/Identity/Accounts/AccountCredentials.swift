/// A selection of an account's sessions or API tokens.
public enum CredentialSelection: Sendable, Equatable {
    case sessions
    case session(Identifier<Session>)
    case apiTokens
    case apiToken(Identifier<APIToken>)
}

// The sessions and API tokens of an account, for its administrators. Both reading and ending them require the right to
// act on the account: they reveal addresses, and the capabilities of programs.
extension AuthenticationService {
    /// The valid sessions of an account, the oldest first.
    ///
    /// - Throws: `.notFound`, `.accountAboveOwn`, `.tooManyLists`, `.store`.
    public func managedSessions(
        of id: Identifier<Account>, _ page: PageRequest, by caller: Caller
    ) throws(AuthenticationError) -> Page<Session> {
        try require(caller, mayManage: id)
        return try sessions(of: id, page, by: caller)
    }

    /// The API tokens of an account, the oldest first: all of them for an administrator of the installation, for others
    /// those that act in the caller's organization.
    ///
    /// - Throws: `.notFound`, `.accountAboveOwn`, `.organizationForbidden`, `.tooManyLists`, `.store`.
    public func managedAPITokens(
        of id: Identifier<Account>, _ page: PageRequest, by caller: Caller
    ) throws(AuthenticationError) -> Page<APIToken> {
        try require(caller, mayManage: id)
        let organization = caller.administersInstallation ? nil : try caller.requireOrganization()
        return try apiTokens(APITokenFilter(account: id, organization: organization), page, by: caller)
    }

    /// Ends sessions or API tokens of an account, wherever they act. They are refused from the next request on.
    ///
    /// - Throws: `.notFound`, also if the session or token named is another account's; `.accountAboveOwn`, `.store`,
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

    /// Requires that the caller may act on an account.
    ///
    /// - Throws: `.notFound`, `.accountAboveOwn`, `.store`.
    func require(_ caller: Caller, mayManage id: Identifier<Account>) throws(AuthenticationError) {
        let account = try withStore { store throws(StoreError) in try store.account(id) }
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
