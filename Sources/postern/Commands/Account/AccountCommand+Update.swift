import ArgumentParser
import AuthAPI
import Identity

extension AccountCommand {
    /// `postern account update`
    struct Update: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Change roles and state of an account.",
            discussion: "An account that becomes Inactive loses all its sessions and API tokens at once.")

        @OptionGroup var subject: AccountArgument

        @Option(
            name: .customLong("role"),
            help: """
                A role; may be given more than once. Those that are given are all that the account then holds in the \
                organization and on the installation.
                """)
        var roles: [Role] = []

        @Option(help: "The new state.")
        var state: Account.State?

        @Option(help: "Slug or identifier of the organization of the roles, where the account belongs to several.")
        var organization: String?

        @OptionGroup var output: OutputOptions

        func validate() throws {
            if roles.isEmpty && state == nil { throw ValidationError("Give --role, --state or both.") }
        }

        func run() throws {
            let installation = try Installation()
            let account = try installation.account(subject.account)
            let caller = try caller(for: account, installation)
            let changed = try CommandFailure.wrapping {
                let form = AccountForm(roles: roles.isEmpty ? nil : RoleSet(roles), state: state)
                return try installation.service.update(account.id, form, by: caller)
            }
            try output.show(changed.record) {
                try Terminal.print("\(changed.id) (\(changed.email)): \(changed.standing)")
            }
        }

        /// Roles belong to the organization that is named, or to the account's only one.
        private func caller(for account: Account, _ installation: Installation) throws -> Caller {
            if roles.isEmpty { return .operator }
            if let organization {
                let named = try installation.organization(organization)
                guard account.user(in: named.id) != nil else {
                    throw CommandFailure(
                        .noUser,
                        "\(account.email) is no member of \(named.slug): make it one with `postern user add`")
                }
                return Caller(.operator(in: named.id))
            }
            guard account.users.count <= 1 else {
                throw ValidationError("\(account.email) belongs to several organizations: give --organization.")
            }
            guard let user = account.users.first else {
                guard roles.allSatisfy(\.isInstallationWide) else {
                    throw CommandFailure(
                        .noUser,
                        "\(account.email) is no member of an organization: make it one with `postern user add`")
                }
                return .operator
            }
            return Caller(.operator(in: user.organization))
        }
    }
}
