/// An entry of the audit log: an action, its actor and credential, the account acted on, the time and the client.
///
/// It names accounts by identifier only. It contains no email address, so nothing has to be erased from it.
///
/// ```swift
/// let failures = events.filter { $0.kind == .loginFailed }.map { "\($0.time) \($0.address)" }
/// ```
public struct AuditEvent: Identified, Sendable, Equatable {
    public static let identifierPrefix = "evt_"

    /// The kinds of events.
    public enum Kind: String, CaseIterable, Sendable {
        case accountRegistered = "account.registered"
        case accountImported = "account.imported"
        case accountChanged = "account.changed"
        case accountRolesChanged = "account.roles_changed"
        case accountStateChanged = "account.state_changed"
        case accountErased = "account.erased"
        case loginSucceeded = "login.succeeded"
        case loginFailed = "login.failed"
        case factorUsed = "factor.used"
        case factorFailed = "factor.failed"
        case recoveryCodeUsed = "recovery_code.used"
        case passkeyCounterWentBack = "passkey.counter_went_back"
        case deviceTrusted = "device.trusted"
        case deviceRemoved = "device.removed"
        case logout = "logout"
        case sessionEnded = "session.ended"
        case sessionConfirmed = "session.confirmed"
        case tokenCreated = "token.created"
        case tokenUpdated = "token.updated"
        case tokenRevoked = "token.revoked"
        case passwordChanged = "password.changed"
        case passwordReset = "password.reset"
        case factorAdded = "factor.added"
        case factorRemoved = "factor.removed"
        case userCreated = "user.created"
        case userChanged = "user.changed"
        case userStateChanged = "user.state_changed"
        case userRemoved = "user.removed"
        case organizationCreated = "organization.created"
        case organizationChanged = "organization.changed"
        case organizationDeleted = "organization.deleted"
        case auditPruned = "audit.pruned"
        case accessRefused = "access.refused"
        case attemptThrottled = "attempt.throttled"
        case throttleCleared = "throttle.cleared"
    }

    /// The authorization of an action.
    public enum Authorization: Sendable, Equatable {
        /// None was required.
        case none
        /// The command line.
        case commandLine
        /// The credential with this identifier.
        case credential(CredentialID)
    }

    /// The identifier.
    public let id: Identifier<AuditEvent>
    /// The time.
    public let time: Timestamp
    /// The kind of event.
    public let kind: Kind
    /// The account of the actor; `nil` for the command line and for an unknown actor.
    public let actor: Identifier<Account>?
    /// The actor's authorization.
    public let credential: Authorization
    /// The account acted on; `nil` if there is none, as for a login with an unknown email address.
    public let account: Identifier<Account>?
    /// The identifier of the session, token, user or organization acted on.
    public let target: String?
    /// The organization of the action. If the account does not belong to it, the store uses one of the account's
    /// instead.
    public let organization: Identifier<Organization>?
    /// The client's address; empty if it is unknown.
    public let address: String
    /// The identifier of the request; empty for the command line.
    public let requestID: String
    /// Details by name, such as the values before and after a change.
    public let details: [String: String]

    /// Creates an event from its parts.
    public init(
        id: Identifier<AuditEvent>, time: Timestamp, kind: Kind, actor: Identifier<Account>?, credential: Authorization,
        account: Identifier<Account>?, target: String?, organization: Identifier<Organization>?, address: String,
        requestID: String, details: [String: String]
    ) {
        self.id = id
        self.time = time
        self.kind = kind
        self.actor = actor
        self.credential = credential
        self.account = account
        self.target = target
        self.organization = organization
        self.address = address
        self.requestID = requestID
        self.details = details
    }

    /// A copy of the event with additional details.
    public func with(_ details: [String: String]) -> AuditEvent {
        AuditEvent(
            id: id, time: time, kind: kind, actor: actor, credential: credential, account: account, target: target,
            organization: organization, address: address, requestID: requestID,
            details: self.details.merging(details) { _, new in new })
    }
}

/// A filter of the audit log's entries. An entry must meet all conditions that are set.
///
///     var filter = AuditFilter()
///     filter.kind = .loginFailed
public struct AuditFilter: Sendable, Equatable {
    /// The organization of the action.
    public var organization: Identifier<Organization>?
    /// The kind of event.
    public var kind: AuditEvent.Kind?
    /// The account of the actor.
    public var actor: Identifier<Account>?
    /// The account acted on.
    public var account: Identifier<Account>?
    /// The client's address, in the spelling of the log. It narrows no range of an index: the entries that meet the
    /// other conditions are looked at one by one.
    public var address: String?
    /// The earliest time.
    public var since: Timestamp?
    /// The time before which it happened.
    public var until: Timestamp?

    /// Creates a filter that all entries match.
    public init() {}
}
