import ArgumentParser
import AuthAPI
import Identity
import JSON

extension UserCommand {
    /// `postern user add`
    struct Add: InstallationCommand {
        static let configuration = CommandConfiguration(
            abstract: "Make an account a member of an organization.",
            discussion: """
                Example:
                  postern user add ann@example.org --organization example --role AppAdmin
                """)

        @OptionGroup var subject: AccountArgument

        @OptionGroup var place: OrganizationOption

        @Option(help: "The role in the organization. Default: \(Role.appMember.rawValue).")
        var role: Role?

        @Option(help: "The person's name in the organization. Default: the account's.")
        var name: String?

        @OptionGroup var output: OutputOptions

        func run(_ installation: Installation) throws {
            let account = try installation.account(subject.account)
            let user = try installation.service.createUser(
                of: account.id, UserForm(role: role, name: name),
                by: installation.caller(in: place.organization))
            try output.show(user.json) { try Terminal.print("Created the user \(user.standing)") }
        }
    }

    /// `postern user update`
    struct Update: UserChange {
        static let configuration = CommandConfiguration(abstract: "Change the role and the name of a user.")

        @OptionGroup var subject: UserArgument

        @Option(help: "The role in the organization, in place of the present ones.")
        var role: Role?

        @Option(help: "The person's name in the organization.")
        var name: String?

        @OptionGroup var output: OutputOptions

        func validate() throws {
            if role == nil && name == nil { throw ValidationError("Give --role, --name or both.") }
        }

        func change(_ user: User, _ service: AuthenticationService, by caller: Caller) throws -> User {
            try service.update(user.id, UserForm(role: role, name: name), by: caller)
        }
    }

    /// `postern user activate`
    struct Activate: UserChange {
        static let configuration = CommandConfiguration(abstract: "Make a user's membership valid again.")

        @OptionGroup var subject: UserArgument

        @OptionGroup var output: OutputOptions

        func change(_ user: User, _ service: AuthenticationService, by caller: Caller) throws -> User {
            try service.set(.active, of: user.id, by: caller)
        }
    }

    /// `postern user deactivate`
    struct Deactivate: UserChange {
        static let configuration = CommandConfiguration(
            abstract: "Suspend a user's membership: its API tokens are refused from the next request on.")

        @OptionGroup var subject: UserArgument

        @OptionGroup var output: OutputOptions

        func change(_ user: User, _ service: AuthenticationService, by caller: Caller) throws -> User {
            try service.set(.inactive, of: user.id, by: caller)
        }
    }

    /// `postern user remove`
    struct Remove: InstallationCommand {
        static let configuration = CommandConfiguration(
            abstract: "Remove a user from an organization, with its API tokens there.",
            discussion:
                "An account stays in its home, the organization where it was created: deactivate the user there.")

        @OptionGroup var subject: UserArgument

        @OptionGroup var output: OutputOptions

        func run(_ installation: Installation) throws {
            let (user, caller) = try subject.find(installation)
            try installation.service.removeUser(user.id, by: caller)
            try output.show(["id": .string("\(user.id)"), "removed": .bool(true)]) {
                try Terminal.print("Removed \(user.id) (\(user.email))")
            }
        }
    }
}

/// A command that changes a user and shows the result.
protocol UserChange: InstallationCommand {
    var subject: UserArgument { get }
    var output: OutputOptions { get }

    /// Changes the user.
    ///
    /// - Returns: the user after the change.
    func change(_ user: User, _ service: AuthenticationService, by caller: Caller) throws -> User
}

extension UserChange {
    func run(_ installation: Installation) throws {
        let (user, caller) = try subject.find(installation)
        let changed = try change(user, installation.service, by: caller)
        try output.show(changed.json) { try Terminal.print(changed.standing) }
    }
}
