import ArgumentParser
import AuthAPI
import Identity
import JSON

extension OrganizationCommand {
    /// `postern organization delete`
    struct Delete: InstallationCommand {
        static let configuration = CommandConfiguration(
            abstract: "Delete an organization with its users and API tokens. This cannot be undone.",
            discussion: """
                Accounts stay. Those that have no active user in another organization, and no role on the \
                installation, become Inactive, and their sessions end. An account whose home it was has none from then \
                on: only administrators of the installation can act on it as a whole. The audit log keeps its entries. \
                The only organization cannot be deleted.

                Example:
                  postern organization delete example
                """)

        @OptionGroup var subject: OrganizationArgument

        @OptionGroup var confirmation: ConfirmationOptions

        @OptionGroup var output: OutputOptions

        func run(_ installation: Installation) throws {
            let organization = try installation.organization(subject.organization)
            try confirmation.confirm(try question(organization, installation))
            let extent = try installation.service.deleteOrganization(organization.id)
            try output.show([
                "id": .string("\(organization.id)"), "slug": .string(organization.slug), "deleted": .bool(true),
                "users": .number(extent.users), "api_tokens": .number(extent.apiTokens),
                "deactivated_accounts": .number(extent.accounts),
            ]) {
                try Terminal.print(
                    "Deleted \(organization.id) (\(organization.slug)) with \(extent.users.of("user", "users")) and "
                        + extent.apiTokens.of("API token", "API tokens"))
                guard extent.accounts > 0 else { return }
                try Terminal.print(
                    "\(extent.accounts.of("account", "accounts")) without another organization: now Inactive "
                        + "(`postern account list --state Inactive`)")
            }
        }

        private func question(_ organization: Organization, _ installation: Installation) throws -> String {
            let one = PageRequest(size: 1)
            let users = try installation.store.users(in: organization.id, one).total ?? 0
            let tokens = try installation.store.apiTokens(APITokenFilter(organization: organization.id), one).total ?? 0
            return "Delete the organization \(organization.name) (\(organization.slug)) with its "
                + "\(users.of("user", "users")) and \(tokens.of("API token", "API tokens"))?"
        }
    }
}
