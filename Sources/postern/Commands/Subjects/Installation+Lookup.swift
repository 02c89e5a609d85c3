import Identity

/// What is named on the command line.
extension Installation {
    /// The account with this email address or identifier.
    func account(_ name: String) throws(CommandFailure) -> Account {
        try CommandFailure.wrapping { try service.account(named: name) }
    }

    /// The organization with this slug or identifier.
    func organization(_ slugOrID: String) throws(CommandFailure) -> Organization {
        try CommandFailure.wrapping { try service.organization(named: slugOrID) }
    }

    /// The command line, acting in the organization with this slug or identifier.
    func caller(in slugOrID: String) throws(CommandFailure) -> Caller {
        Caller(.operator(in: try organization(slugOrID).id))
    }
}
