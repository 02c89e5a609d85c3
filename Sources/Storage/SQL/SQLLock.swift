import Identity

/// A lock that a transaction takes, in the one order that keeps transactions from waiting for each other in a circle:
/// `rank`. It is held until the transaction ends.
///
/// A transaction takes its locks before it reads what it decides by, each in a statement of its own: an engine that
/// locks rows reads only the locked row anew after it has waited, and not what the same statement joins to it.
enum SQLLock {
    /// One account, with its users and credentials: nobody else changes or removes them.
    case account(AccountSelection)
    /// The accounts that meet a condition.
    case accounts(SQLFragment)
    /// The set of organizations: nobody else adds the first one, or deletes one.
    case installation
    /// Organizations: nobody else decides about their owners.
    case organizations([Identifier<Organization>])
    /// An organization that goes: nobody joins it meanwhile.
    case deletion(Identifier<Organization>)
    /// The tables with sealed values (`SealedTable`): nobody writes any of their rows.
    case sealed
    /// Rows of sessions, tokens and logins that wait, which the statements lock that change or remove them.
    case credential
    /// Counters of attempts, even those that are not there yet.
    case throttle([ThrottleKey])
    /// All counters of attempts: nobody else is between reading some and writing them.
    case allThrottles
    /// The removal of entries of the audit log: one process at a time.
    case audit

    /// The place in the order of all locks.
    enum Rank: Int, Comparable {
        case account, installation, organization, sealed, credential, throttle, audit

        static func < (left: Self, right: Self) -> Bool { left.rawValue < right.rawValue }
    }

    /// The place of this lock.
    var rank: Rank {
        switch self {
        case .account, .accounts: .account
        case .installation: .installation
        case .organizations, .deletion: .organization
        case .sealed: .sealed
        case .credential: .credential
        case .throttle, .allThrottles: .throttle
        case .audit: .audit
        }
    }
}

/// The locks of one transaction, in their order.
///
///     var order = LockOrder()
///     order.take(.account(.id(account)))
///     order.take(.throttle(keys))
///     order.take(.account(.id(other)))   // a bug: stops a debug build
struct LockOrder {
    private var highest: SQLLock.Rank?

    /// Notes a lock that is about to be taken.
    ///
    /// - Precondition: `permits`, in debug builds.
    mutating func take(_ lock: SQLLock) {
        assert(permits(lock), "\(lock.rank) is taken after \(highest.map { "\($0)" } ?? "nothing")")
        highest = lock.rank
    }

    /// Checks that a lock comes behind all that are held. Each rank is taken once, since two locks of one rank could
    /// come in another order elsewhere; but rows of credentials are locked as they are met.
    func permits(_ lock: SQLLock) -> Bool {
        guard let highest else { return true }
        return highest < lock.rank || highest == lock.rank && lock.rank == .credential
    }
}
