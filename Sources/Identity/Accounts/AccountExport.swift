/// All that an installation keeps of somebody, but for what is secret: neither the hash of the password nor a key.
public struct AccountExport: Sendable {
    /// The most entries of the audit log in it: some 4 MiB.
    public static let mostEvents = 10_000

    /// The time at which it was made.
    public let time: Timestamp
    /// The account with its users.
    public let account: Account
    /// The sessions that have not ended.
    public let sessions: [Session]
    /// The API tokens.
    public let apiTokens: [APIToken]
    /// The second factors.
    public let factors: AccountFactors
    /// The browsers that are trusted.
    public let devices: [TrustedDevice]
    /// The entries of the audit log about the account or by it, the newest first.
    public let events: [AuditEvent]
    /// True if all entries are there.
    public let hasAllEvents: Bool
}

extension AuthenticationService {
    /// All that is kept of the caller's account. Of what others did to it, their addresses are left out.
    ///
    /// - Throws: `.reauthenticationRequired`, `.notFound`, `.tooManyLists`, `.store`.
    public func exportOwnAccount(by caller: Caller) throws(AuthenticationError) -> AccountExport {
        let principal = try caller.requirePrincipal()
        try require(.high, of: principal)
        let account = try ownAccount(of: caller)
        let (now, id) = (clock.now(), account.id)
        let idleSince = idleSince(now)
        return try lists.read(for: caller.organization) { [store] () throws(StoreError) in
            let sessions = try store.whole(of: Int.max) { page throws(StoreError) in
                try store.sessions(of: id, at: now, idleSince: idleSince, page)
            }
            let tokens = try store.whole(of: Int.max) { page throws(StoreError) in
                try store.apiTokens(APITokenFilter(account: id), page).map(\.token)
            }
            let devices = try store.whole(of: Int.max) { page throws(StoreError) in
                try store.trustedDevices(of: id, at: now, page)
            }
            let (events, hasAllEvents) = try store.events(of: id)
            return AccountExport(
                time: now, account: account, sessions: sessions.items, apiTokens: tokens.items,
                factors: try store.factors(of: id) ?? AccountFactors(factors: [], recoveryCodesLeft: 0),
                devices: devices.items, events: events, hasAllEvents: hasAllEvents)
        }
    }
}

extension IdentityStore {
    /// The items of a list, page by page.
    fileprivate func whole<Item>(
        of most: Int, _ read: (PageRequest) throws(StoreError) -> Page<Item>
    ) throws(StoreError) -> (items: [Item], isAll: Bool) {
        var items: [Item] = []
        var position = PageRequest.Position.first
        while true {
            let page = try read(
                PageRequest(size: PageRequest.sizes.upperBound, position: position, counts: false))
            items += page.items
            guard let next = page.next else { return (items, true) }
            guard items.count < most else { return (items, false) }
            position = .after(next)
        }
    }

    /// The entries of the audit log about an account, and those of what it did to others.
    fileprivate func events(
        of account: Identifier<Account>
    ) throws(StoreError) -> (events: [AuditEvent], areAll: Bool) {
        func events(_ filter: AuditFilter) throws(StoreError) -> (items: [AuditEvent], isAll: Bool) {
            try whole(of: AccountExport.mostEvents) { page throws(StoreError) in try auditEvents(filter, page) }
        }
        var (about, by) = (AuditFilter(), AuditFilter())
        about.account = account
        by.actor = account
        let (received, done) = (try events(about), try events(by))
        let own = received.items.map { $0.actor == account ? $0 : $0.withoutClient() }
        // The address of a program is that of whomever it acts for.
        let others = done.items.filter { $0.account != account }.map { event in
            if case .credential(.apiToken) = event.credential { event.withoutAddress() } else { event }
        }
        let all = (own + others).enumerated().sorted {
            ($1.element.time, $0.offset) < ($0.element.time, $1.offset)
        }
        let areAll = received.isAll && done.isAll && all.count <= AccountExport.mostEvents
        return (all.prefix(AccountExport.mostEvents).map(\.element), areAll)
    }
}

extension AuditEvent {
    /// The kinds of events whose address is that of somebody who says to be the owner, whatever program told it.
    private static let ofClients: Set<Kind> = [.loginSucceeded, .loginFailed, .factorFailed]

    /// A copy of the event without the address and the request of whoever did it, unless that is somebody at a login:
    /// the owner of an account has to see from where others have tried its password.
    fileprivate func withoutClient() -> AuditEvent {
        Self.ofClients.contains(kind) ? self : withoutAddress()
    }

    /// A copy of the event without the address and the request.
    fileprivate func withoutAddress() -> AuditEvent {
        AuditEvent(
            id: id, time: time, kind: kind, actor: actor, credential: credential, account: account, target: target,
            organization: organization, address: "", requestID: "", details: details)
    }
}
