import AuthAPI
import Identity
import Logging

/// The work beside answering requests. A failure is logged and counted, and the work is tried again the next time.
struct Housekeeping: Sendable {
    let service: AuthenticationService
    let auditRetention: AuditRetention
    let logger: Logger
    var metrics: Metrics?

    /// Writes to the database, so that the log reports at once if that fails, and so that there is a `-wal` file, by
    /// whose commits the store knows whether its cached principals are still valid (see `PrincipalCache`).
    func begin() {
        attempt("write to the database") { () throws(AuthenticationError) in
            do throws(StoreError) { try service.store.checkReadiness() } catch { throw .store(error) }
        }
    }

    /// Records the times at which credentials were used since the last recording.
    func recordCredentialUse() {
        attempt("record the use of credentials") { () throws(AuthenticationError) in
            try service.recordCredentialUse()
        }
    }

    /// Removes erased data from the `-wal` file. A long read of the database can prevent it until the next time.
    func wipeErased() {
        attempt("remove erased data from the -wal file") { () throws(AuthenticationError) in
            if try !service.wipeErased() {
                logger.warning("erased data is still in the -wal file: a long read keeps it there")
            }
        }
    }

    /// Removes rows that are no longer valid, and entries of the audit log past their retention.
    func prune() {
        attempt("remove expired rows") { () throws(AuthenticationError) in
            guard let count = try prune(by: Caller(.anonymous)) else {
                logger.warning("the clock jumped ahead: nothing is removed until it is set right, or for a day")
                return
            }
            if count > 0 { logger.notice("removed old entries of the audit log", metadata: ["count": "\(count)"]) }
        }
    }

    /// Removes rows that are no longer valid, and entries of the audit log past their retention.
    ///
    /// - Returns: the number of these entries; `nil` if the clock cannot be trusted and nothing was removed.
    func prune(by caller: Caller) throws(AuthenticationError) -> Int? {
        guard let moment = try service.pruningMoment() else { return nil }
        try service.prune(at: moment)
        guard let limit = auditRetention.limit(at: moment) else { return 0 }
        return try service.pruneAudit(before: limit, by: caller)
    }

    /// Seals anew, under the key in use, what other keys have sealed: of many rows a part, so that the other work waits
    /// for a second at most.
    func reseal() {
        attempt("seal secrets anew") { () throws(AuthenticationError) in
            let count = try service.resealSecrets(most: 5000)
            if count > 0 { logger.notice("sealed secrets anew", metadata: ["count": "\(count)"]) }
        }
    }

    /// Measures the cost of verifying the password hashes in the store.
    func measurePasswordSchemes() {
        attempt("measure the password hashes") { () throws(AuthenticationError) in
            try service.measurePasswordSchemes()
        }
    }

    private func attempt(_ work: String, _ body: () throws(AuthenticationError) -> Void) {
        do throws(AuthenticationError) {
            try body()
        } catch {
            if case .store(let cause) = error { metrics?.count(cause) }
            let reason = CommandFailure(error).lines.joined(separator: "; ")
            logger.error("could not \(work)", metadata: ["reason": "\(reason)"])
        }
    }
}
