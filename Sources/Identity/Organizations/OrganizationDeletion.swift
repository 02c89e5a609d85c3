extension AuthenticationService {
    /// Deletes an organization with its users and the API tokens that act in it, for an operator. Accounts stay; those
    /// that have no active user in another organization, and no role on the installation, become inactive, so that none
    /// of them is let in if a web server asks for a login alone.
    ///
    /// - Throws: `.notFound`, `.lastOrganization`, `.store`, `.cryptography`.
    public func deleteOrganization(
        _ id: Identifier<Organization>
    ) throws(AuthenticationError) -> OrganizationDeletion.Extent {
        let outcome = try withStore { store throws(StoreError) in
            try store.delete(id) { try event(of: $0, in: id) }
        }
        switch outcome {
        case .deleted(let extent): return extent
        case .notFound: throw .notFound("an organization \(id)")
        case .lastOrganization: throw .lastOrganization
        }
    }

    /// The audit log's entry for one end.
    private func event(
        of end: OrganizationDeletion.End, in id: Identifier<Organization>
    ) throws(AuthenticationError) -> AuditEvent {
        switch end {
        case .apiToken(let token):
            try event(.tokenRevoked, by: .operator, account: token.account, target: "\(token.id)", organization: id)
        case .session(let session, let account):
            try event(.sessionEnded, by: .operator, account: account, target: "\(session)", organization: id)
        case .account(let account):
            try event(
                .accountStateChanged, by: .operator, account: account, organization: id,
                details: ["to": Account.State.inactive.rawValue])
        case .organization(let organization, let extent):
            try event(
                .organizationDeleted, by: .operator, target: "\(id)", organization: id,
                details: [
                    "slug": organization.slug, "users": "\(extent.users)", "tokens": "\(extent.apiTokens)",
                    "deactivated": "\(extent.accounts)",
                ])
        }
    }
}
