import Identity

extension AuthAPI {
    /// The principal with all of its pending obligations, the organization in which it acts considered.
    ///
    /// - Throws: the problem of an obligation that is not permitted.
    func obliged(
        _ principal: Principal, permitting permitted: Obligations, _ exchange: Exchange
    ) throws(Problem) -> Principal {
        let pending: Obligations
        do throws(AuthenticationError) {
            pending = try service.obligations(of: principal)
        } catch {
            throw problem(error, requestID: exchange.id)
        }
        if !pending.isSubset(of: permitted) {
            // A new password first: it ends what whoever set the old one may have begun.
            let isPasswordDue = pending.subtracting(permitted).contains(.newPassword)
            throw isPasswordDue ? .passwordChangeRequired : .secondFactorEnrolmentRequired
        }
        return pending == principal.obligations ? principal : principal.with(pending)
    }
}
