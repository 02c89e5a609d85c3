import AuthAPI
import Identity
import Logging

/// What is done beside answering requests. What fails is logged and counted, and tried again the next time.
struct Housekeeping: Sendable {
    let service: AuthenticationService
    let auditRetention: AuditRetention
    let logger: Logger
    var metrics: Metrics?

    /// Writes to the database, so that the log says at once where that cannot be done, and so that there is a log of
    /// commits, by which the store knows what it may keep (see `PrincipalCache`).
    func begin() {
        attempt("write to the database") { () throws(AuthenticationError) in
            do throws(StoreError) { try service.store.checkReadiness() } catch { throw .store(error) }
        }
    }

    /// Writes when credentials were used since the last time.
    func recordCredentialUse() {
        attempt("write when credentials were used") { () throws(AuthenticationError) in
            try service.recordCredentialUse()
        }
    }

    /// Removes what was erased from the files in which it is still left. The next time it is tried again.
    func wipeErased() {
        attempt("remove what was erased from the -wal file") { () throws(AuthenticationError) in
            if try !service.wipeErased() {
                logger.warning("what was erased is still in the -wal file: something reads the database for long")
            }
        }
    }

    /// Removes what counts no longer, and entries of the audit log that need not be kept.
    func prune() {
        attempt("remove what counts no longer") { () throws(AuthenticationError) in
            guard let count = try prune(by: Caller(.anonymous)) else {
                logger.warning("the clock jumped ahead: nothing is removed before it is set right, or for a day")
                return
            }
            if count > 0 { logger.notice("removed old entries of the audit log", metadata: ["count": "\(count)"]) }
        }
    }

    /// Removes what counts no longer, and entries of the audit log that need not be kept.
    ///
    /// - Returns: how many of these there were; `nil` where the clock can't be trusted, and nothing was removed.
    func prune(by caller: Caller) throws(AuthenticationError) -> Int? {
        guard let moment = try service.pruningMoment() else { return nil }
        try service.prune(at: moment)
        guard let limit = auditRetention.limit(at: moment) else { return 0 }
        return try service.pruneAudit(before: limit, by: caller)
    }

    /// Finds out what checks of the stored password hashes cost.
    func measurePasswordSchemes() {
        attempt("measure the password hashes") { () throws(AuthenticationError) in
            try service.measurePasswordSchemes()
        }
    }

    private func attempt(_ what: String, _ body: () throws(AuthenticationError) -> Void) {
        do throws(AuthenticationError) {
            try body()
        } catch {
            if case .store(let cause) = error { metrics?.count(cause) }
            let reason = CommandFailure(error).lines.joined(separator: "; ")
            logger.error("could not \(what)", metadata: ["reason": "\(reason)"])
        }
    }
}
