extension AuthenticationService {
    /// An entry for the audit log about an action of a caller now.
    ///
    /// - Parameter organization: the organization of the action; `nil` for the one in which the caller acts.
    func event(
        _ kind: AuditEvent.Kind, by caller: Caller, account: Identifier<Account>? = nil, target: String? = nil,
        organization: Identifier<Organization>? = nil, details: [String: String] = [:]
    ) throws(AuthenticationError) -> AuditEvent {
        let credential: AuditEvent.Authorization =
            switch caller.authority {
            case .anonymous: .none
            case .principal(let principal): .credential(principal.credentialID)
            case .operator: .commandLine
            }
        return AuditEvent(
            id: try newIdentifier(), time: clock.now(), kind: kind, actor: caller.principal?.account,
            credential: credential, account: account, target: target,
            organization: organization ?? caller.organization, address: caller.address,
            requestID: caller.requestID, details: details)
    }

    /// Makes the entries for sessions and tokens that an action ends.
    func endings(
        by caller: Caller, account: Identifier<Account>, organization: Identifier<Organization>? = nil
    ) -> (CredentialID) throws -> AuditEvent {
        { credential in
            let kind: AuditEvent.Kind =
                switch credential {
                case .apiToken: .tokenRevoked
                case .session: .sessionEnded
                }
            return try event(
                kind, by: caller, account: account, target: "\(credential)", organization: organization)
        }
    }

    /// Adds an entry to the audit log.
    ///
    /// - Throws: `.store`.
    func append(_ event: AuditEvent, on server: StoreServer? = nil) throws(AuthenticationError) {
        try withStore { store throws(StoreError) in try store.append(event, on: server) }
    }

    /// The audit log, the newest entry first: that of the organization in which the caller acts, or the whole log for
    /// the command line.
    ///
    /// - Throws: `.organizationForbidden`, `.tooManyLists`, `.store`.
    public func auditEvents(
        _ filter: AuditFilter, _ page: PageRequest, by caller: Caller
    ) throws(AuthenticationError) -> Page<AuditEvent> {
        var filter = filter
        if !caller.isOperator { filter.organization = try caller.requireOrganization() }
        return try readList(for: caller) { [filter] store throws(StoreError) in try store.auditEvents(filter, page) }
    }

    /// Removes the audit log's entries from before a moment, and records that in the log.
    ///
    /// - Returns: the number of entries removed.
    /// - Throws: `.store`, `.cryptography`.
    public func pruneAudit(before moment: Timestamp, by caller: Caller) throws(AuthenticationError) -> Int {
        let event = try event(.auditPruned, by: caller, details: ["before": "\(moment)"])
        return try withStore { store throws(StoreError) in try store.pruneAudit(before: moment, event: event) }
    }
}
