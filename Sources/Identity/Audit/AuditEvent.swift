/// One entry of the audit log: who did what to whom, when, from where, and with which credential.
///
/// It names accounts by identifier only, so that it holds no email address and nothing has to be erased from it.
public struct AuditEvent: Identified, Sendable, Equatable {
    public static let identifierPrefix = "evt_"

    /// What happened.
    public enum Kind: String, CaseIterable, Sendable {
        case accountRegistered = "account.registered"
        case accountImported = "account.imported"
        case accountChanged = "account.changed"
        case accountRolesChanged = "account.roles_changed"
        case accountStateChanged = "account.state_changed"
        case accountErased = "account.erased"
        case loginSucceeded = "login.succeeded"
        case loginFailed = "login.failed"
        case logout = "logout"
        case sessionEnded = "session.ended"
        case tokenCreated = "token.created"
        case tokenUpdated = "token.updated"
        case tokenRevoked = "token.revoked"
        case passwordChanged = "password.changed"
        case passwordReset = "password.reset"
        case userCreated = "user.created"
        case userChanged = "user.changed"
        case userStateChanged = "user.state_changed"
        case userRemoved = "user.removed"
        case organizationCreated = "organization.created"
        case organizationChanged = "organization.changed"
        case auditPruned = "audit.pruned"
        case accessRefused = "access.refused"
        case attemptThrottled = "attempt.throttled"
        case throttleCleared = "throttle.cleared"
    }

    /// By what right it was done.
    public enum Credential: Sendable, Equatable {
        /// None was needed.
        case none
        /// The command line.
        case commandLine
        /// A credential with this identifier.
        case credential(CredentialID)
    }

    /// Its identifier.
    public let id: Identifier<AuditEvent>
    /// When it happened.
    public let time: Timestamp
    /// What happened.
    public let kind: Kind
    /// The account of who did it; `nil` for the command line and for nobody known.
    public let actor: Identifier<Account>?
    /// With which credential.
    public let credential: Credential
    /// The account to which it was done; `nil` where there is none, as for a login with an unknown email address.
    public let account: Identifier<Account>?
    /// The identifier of what it was done to, where that is not the account itself: a session, token, user, organization.
    public let target: String?
    /// The organization in which it happened. The store takes one of the account's instead, where the account does not
    /// belong to it.
    public let organization: Identifier<Organization>?
    /// The client's address; empty where it is not known.
    public let address: String
    /// The identifier of the request; empty on the command line.
    public let requestID: String
    /// More, by name: what was changed into what.
    public let details: [String: String]

    /// Makes an event from its parts.
    public init(
        id: Identifier<AuditEvent>, time: Timestamp, kind: Kind, actor: Identifier<Account>?, credential: Credential,
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

    /// The same event with more details.
    public func with(_ details: [String: String]) -> AuditEvent {
        AuditEvent(
            id: id, time: time, kind: kind, actor: actor, credential: credential, account: account, target: target,
            organization: organization, address: address, requestID: requestID,
            details: self.details.merging(details) { _, new in new })
    }
}

/// Which entries of the audit log are wanted. All that is set must hold.
public struct AuditFilter: Sendable, Equatable {
    /// The organization in which it happened.
    public var organization: Identifier<Organization>?
    /// What happened.
    public var kind: AuditEvent.Kind?
    /// Who did it.
    public var actor: Identifier<Account>?
    /// To whom it was done.
    public var account: Identifier<Account>?
    /// Not before.
    public var since: Timestamp?
    /// Before.
    public var until: Timestamp?

    /// Makes a filter that lets everything through.
    public init() {}
}
