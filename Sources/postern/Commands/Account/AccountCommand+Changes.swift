import ArgumentParser
import AuthAPI
import Identity
import JSON

extension AccountCommand {
    /// `postern account update`
    struct Update: InstallationCommand {
        static let configuration = CommandConfiguration(
            abstract: "Change the roles, the state, the name and the email address of an account.",
            discussion: """
                An account that becomes Inactive loses all its sessions and API tokens at once. With another email \
                address it keeps them, and its password: should they end too, use `postern session end-all` and \
                `postern account reset-password`. The audit log says what was changed, and neither name nor address.

                Examples:
                  postern account update ann@example.org --role AppAdmin
                  postern account update ann@example.org --state Inactive
                  postern account update ann@example.org --name "Ann Miller" --email ann.miller@example.org
                """)

        @OptionGroup var subject: AccountArgument

        @Option(
            name: .customLong("role"),
            help: """
                A role; may be given more than once. The roles given replace those that the account holds in the \
                organization and on the installation.
                """)
        var roles: [Role] = []

        @Option(help: "The new state.")
        var state: Account.State?

        @Option(help: "Slug or identifier of the organization of the roles, if the account belongs to several.")
        var organization: String?

        @Option(help: "The new display name.")
        var name: String?

        @Option(help: "The new email address, by which the account then logs in.")
        var email: String?

        @OptionGroup var output: OutputOptions

        func validate() throws {
            if roles.isEmpty && state == nil && name == nil && email == nil {
                throw ValidationError("Give --role, --state, --name or --email.")
            }
        }

        func run(_ installation: Installation) throws {
            var faults: [InputFault] = []
            let address = email.flatMap { faults.emailAddress($0) }
            let form = try AccountForm(
                roles: roles.isEmpty ? nil : RoleSet(roles), state: state, name: name, email: address, faults: faults)
            let account = try installation.account(subject.account)
            let changed = try installation.service.update(account.id, form, by: caller(for: account, installation))
            try output.show(changed.record) {
                let roles = changed.roles.names.joined(separator: " ")
                try Terminal.print(
                    "\(changed.id) (\(changed.email), \(changed.name)): \(changed.state.rawValue), \(roles.orDash)")
            }
        }

        /// The command line, acting in the organization of the roles: the one that is named, or the account's only one.
        private func caller(for account: Account, _ installation: Installation) throws -> Caller {
            if roles.isEmpty { return .operator }
            if let organization {
                let named = try installation.organization(organization)
                guard account.user(in: named.id) != nil else { throw Self.noMember(account, of: named.slug) }
                return Caller(.operator(in: named.id))
            }
            guard account.users.count <= 1 else {
                throw ValidationError("\(account.email) belongs to several organizations: give --organization.")
            }
            if let user = account.users.first { return Caller(.operator(in: user.organization)) }
            guard roles.allSatisfy(\.isInstallationWide) else { throw Self.noMember(account, of: "any organization") }
            return .operator
        }

        private static func noMember(_ account: Account, of organization: String) -> CommandFailure {
            CommandFailure(
                .noUser, "\(account.email) is not a member of \(organization): make it one with `postern user add`")
        }
    }

    /// `postern account reset-password`
    struct ResetPassword: InstallationCommand {
        static let configuration = CommandConfiguration(
            abstract: "Give an account a new random password, print it once, and end its sessions and API tokens.",
            discussion: """
                It must be changed at the next login. It is printed to standard output; the note about it to standard \
                error.
                """)

        @OptionGroup var subject: AccountArgument

        @OptionGroup var output: OutputOptions

        func run(_ installation: Installation) throws {
            let account = try installation.account(subject.account)
            let password = try installation.service.resetPassword(of: account.id, by: .operator)
            try output.show([
                "id": .string("\(account.id)"), "email": .string("\(account.email)"),
                "new_password": .string(password),
            ]) {
                try Terminal.print(password)
                Terminal.note("The new password of \(account.email). Pass it on now: it is not shown again.")
            }
        }
    }

    /// `postern account erase`
    struct Erase: InstallationCommand {
        static let configuration = CommandConfiguration(
            abstract: "Erase an account with its users, sessions and API tokens. This cannot be undone.",
            discussion: "The audit log keeps the account's identifier, and nothing else of it.")

        @OptionGroup var subject: AccountArgument

        @OptionGroup var confirmation: ConfirmationOptions

        @OptionGroup var output: OutputOptions

        func run(_ installation: Installation) throws {
            let account = try installation.account(subject.account)
            try confirmation.confirm(
                "Erase the account \(account.id) (\(account.email)) and everything that belongs to it?")
            try installation.service.erase(account.id, by: .operator)
            try output.show(["id": .string("\(account.id)"), "erased": .bool(true)]) {
                try Terminal.print("Erased \(account.id) (\(account.email))")
            }
        }
    }
}
