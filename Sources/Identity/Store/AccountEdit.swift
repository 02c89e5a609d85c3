/// An account as it shall be, with everything that happens along with that.
///
/// ```swift
/// var edit = AccountEdit(account, events: [event]) { credential in try endEntry(credential) }
/// edit.account.state = .inactive
/// edit.endedSessions = .all
/// ```
public struct AccountEdit {
    /// The end of an attempt to change an account.
    public enum Outcome: Sendable, Equatable {
        /// The account as it is now, or as it was before it was erased.
        case changed(Account)
        /// There is no such account.
        case notFound
        /// The rule wanted no change.
        case unchanged
        /// An organization would be left without an owner, so nothing was changed.
        case lastOwner(Identifier<Organization>)
        /// Another account has the new email address, so nothing was changed.
        case emailTaken
    }

    /// The account as it shall be. A user that it did not have is added, one that it has no longer is removed.
    public var account: Account
    /// The organization that changes its own user of the account. It keeps an active owner, whatever the owner's home;
    /// in the account's home only owners count whose home it is.
    public var organization: Identifier<Organization>?
    /// A new password hash; `nil` leaves the old one.
    public var passwordHash: String?
    /// The sessions that end; `nil` for none.
    public var endedSessions: SessionSelection?
    /// Chooses the API tokens of the account that end; `nil` for none.
    public var endsAPIToken: ((APIToken) -> Bool)?
    /// Removes all second factors and recovery codes.
    public var removesFactors = false
    /// Erases the account and all that belongs to it.
    public var erases = false
    /// The entries for the audit log.
    public var events: [AuditEvent]
    /// Makes the entry for the audit log of a session or token that ends.
    public var ending: (CredentialID) throws -> AuditEvent

    /// Makes an edit that leaves the account as it is.
    public init(
        _ account: Account, events: [AuditEvent], ending: @escaping (CredentialID) throws -> AuditEvent
    ) {
        self.account = account
        self.events = events
        self.ending = ending
    }
}
