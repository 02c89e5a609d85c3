extension AuthenticationService {
    /// An entry for the audit log about what a caller does now.
    ///
    /// - Parameter organization: where it happens; `nil` for where the caller acts.
    func event(
        _ kind: AuditEvent.Kind, by caller: Caller, account: Identifier<Account>? = nil, target: String? = nil,
        organization: Identifier<Organization>? = nil, details: [String: String] = [:]
    ) throws(AuthenticationError) -> AuditEvent {
        let credential: AuditEvent.Credential =
            switch caller.authority {
            case .anonymous: .none
            case .principal(let principal): .credential(principal.credentialID)
            case .operator: .commandLine
            }
        return try AuthenticationError.wrapping {
            AuditEvent(
                id: try Identifier(random: random), time: clock.now(), kind: kind, actor: caller.principal?.account,
                credential: credential, account: account, target: target,
                organization: organization ?? caller.organization, address: caller.address,
                requestID: caller.requestID, details: details)
        }
    }

    /// Makes the entries for sessions and tokens that end along with something else.
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

    /// The audit log, the newest entry first: that of the organization in which the caller acts, or for the command line
    /// all of it.
    ///
    /// - Throws: `.organizationForbidden`, `.tooManyLists`, `.store`.
    public func auditEvents(
        _ filter: AuditFilter, _ page: PageRequest, by caller: Caller
    ) throws(AuthenticationError) -> Page<AuditEvent> {
        var filter = filter
        if !caller.isOperator { filter.organization = try caller.requireOrganization() }
        return try readList(for: caller) { [filter] store throws(StoreError) in try store.auditEvents(filter, page) }
    }

    /// Removes the entries of the audit log from before a moment, and writes that into it.
    ///
    /// - Returns: how many there were.
    /// - Throws: `.store`, `.cryptography`.
    public func pruneAudit(before moment: Timestamp, by caller: Caller) throws(AuthenticationError) -> Int {
        let event = try event(.auditPruned, by: caller, details: ["before": "\(moment)"])
        return try AuthenticationError.wrapping { try store.pruneAudit(before: moment, event: event) }
    }
}
