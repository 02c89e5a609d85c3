import ArgumentParser
import AuthAPI
import Identity
import JSON

extension UserCommand {
    /// `postern user add`
    struct Add: ParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Make an account a member of an organization.")

        @OptionGroup var subject: AccountArgument

        @OptionGroup var place: OrganizationOption

        @Option(help: "The role in the organization. Default: \(Role.appMember.rawValue).")
        var role: Role?

        @Option(help: "The name by which the organization knows the person. Default: the account's.")
        var name: String?

        @OptionGroup var output: OutputOptions

        func run() throws {
            let installation = try Installation()
            let account = try installation.account(subject.account)
            let caller = try installation.caller(in: place.organization)
            let user = try CommandFailure.wrapping {
                try installation.service.createUser(
                    of: account.id, UserForm(role: role, name: name), by: caller)
            }
            try output.show(user.json) { try Terminal.print("Made the user \(user.standing)") }
        }
    }

    /// `postern user update`
    struct Update: ParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Change role and name of a user.")

        @OptionGroup var subject: UserArgument

        @Option(help: "The role that it shall hold in the organization, instead of those that it holds.")
        var role: Role?

        @Option(help: "The name by which the organization knows the person.")
        var name: String?

        @OptionGroup var output: OutputOptions

        func validate() throws {
            if role == nil && name == nil { throw ValidationError("Give --role, --name or both.") }
        }

        func run() throws {
            let installation = try Installation()
            let (user, caller) = try subject.find(installation)
            let changed = try CommandFailure.wrapping {
                try installation.service.update(user.id, UserForm(role: role, name: name), by: caller)
            }
            try output.show(changed.json) { try Terminal.print(changed.standing) }
        }
    }

    /// `postern user activate`
    struct Activate: ParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Let a user's membership count again.")

        @OptionGroup var subject: UserArgument

        @OptionGroup var output: OutputOptions

        func run() throws { try set(.active, of: subject, output) }
    }

    /// `postern user deactivate`
    struct Deactivate: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Let a user's membership count no longer: its API tokens are refused from the next request on.")

        @OptionGroup var subject: UserArgument

        @OptionGroup var output: OutputOptions

        func run() throws { try set(.inactive, of: subject, output) }
    }

    /// `postern user remove`
    struct Remove: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Remove a user from an organization, with its API tokens there.",
            discussion: "An account stays in its home, the organization where it was made: deactivate the user there.")

        @OptionGroup var subject: UserArgument

        @OptionGroup var output: OutputOptions

        func run() throws {
            let installation = try Installation()
            let (user, caller) = try subject.find(installation)
            try CommandFailure.wrapping { try installation.service.removeUser(user.id, by: caller) }
            try output.show(["id": .string("\(user.id)"), "removed": .bool(true)]) {
                try Terminal.print("Removed \(user.id) (\(user.email))")
            }
        }
    }
}

private func set(_ state: Account.State, of subject: UserArgument, _ output: OutputOptions) throws {
    let installation = try Installation()
    let (user, caller) = try subject.find(installation)
    let changed = try CommandFailure.wrapping { try installation.service.set(state, of: user.id, by: caller) }
    try output.show(changed.json) { try Terminal.print(changed.standing) }
}
