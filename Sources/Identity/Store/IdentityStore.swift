/// The store of accounts and all that belongs to them: a protocol for each subject, together.
///
/// Each function is one whole operation: it happens entirely or not at all, and its changes are on disk when it
/// returns, together with its entries in the audit log. Functions may block and may be called from any thread.
///
/// A function that takes a rule, or makes an entry for the audit log, runs it inside its transaction, while nobody else
/// changes the state that the rule sees. It may run it more than once: if an engine undoes a transaction and tries
/// again, only the last run counts. So a rule changes nothing outside of itself, or sets it anew at each run.
///
///     let outcome = try store.change(.account(id)) { account, _ in
///         var edit = AccountEdit(account, events: [event], ending: ending)
///         edit.account.name = "Ann"
///         return edit
///     }
public protocol IdentityStore: AccountStore, APITokenStore, AuditStore, ConfirmationStore, CredentialStore,
    FactorManagementStore, FactorStore, InstallationStore, LoginStore, OrganizationStore, PendingLoginStore,
    SecretStore,
    SessionStore, ThrottleStore, TrustedDeviceStore, UserStore
{}

/// The part of the store for the installation as a whole.
public protocol InstallationStore: Sendable {
    /// Makes the first organization and its owner, and notes the defaults of a new database.
    ///
    /// - Returns: `false`, and adds nothing, if there is an organization already.
    func initialize(
        _ organization: Organization, owner: Account, passwordHash: String, events: [AuditEvent]
    ) throws(StoreError) -> Bool

    /// The policy and the freshness that hold if the settings name none; `initialize` writes those of a new one.
    func assuranceDefaults() throws(StoreError) -> AssuranceDefaults

    /// Looks for an organization: with one, the installation is ready for use.
    func isInitialized() throws(StoreError) -> Bool

    /// Brings up to date what an earlier version kept by other rules, or what was kept without libidn2.
    func renewOutdatedValues() throws(StoreError)

    /// Makes sure that the store answers and can be written.
    func checkReadiness() throws(StoreError)

    /// The time at which a backup was made last; `nil` for never.
    func lastBackup() throws(StoreError) -> Timestamp?

    /// The commits of this process, and the time that they took.
    var commitFigures: CommitFigures { get }

    /// Removes erased data from the files in which it is still left, for the store writes a log of its changes.
    ///
    /// - Returns: `false` if a reader held it up: then try again.
    func wipeErased() throws(StoreError) -> Bool
}

/// The commits of a process since its start.
public struct CommitFigures: Sendable, Equatable {
    /// Their number. Writes that waited together share one.
    public let count: Int
    /// The time from the end of a transaction's work until it was on disk, of all of them together, in nanoseconds.
    public let nanoseconds: Int

    /// Creates figures from their parts.
    public init(count: Int, nanoseconds: Int) {
        self.count = count
        self.nanoseconds = nanoseconds
    }
}
