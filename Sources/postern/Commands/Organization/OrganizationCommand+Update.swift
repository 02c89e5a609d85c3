import ArgumentParser
import AuthAPI
import Identity

extension OrganizationCommand {
    /// `postern organization update`
    struct Update: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Change names of an organization, and who may join it without being added.",
            discussion: """
                Where auto-join is on, an account whose whole email address matches the expression may join by itself, \
                with the default role.
                """)

        @OptionGroup var subject: OrganizationArgument

        @Option(help: "The name.")
        var name: String?

        @Option(help: "The name as applications show it; empty for none.")
        var displayName: String?

        @Option(help: "Whether accounts may join by themselves: true or false.")
        var autoJoin: Bool?

        @Option(help: "The role of who joins.")
        var defaultRole: Role?

        @Option(help: "A POSIX extended regular expression, such as .*@example[.]com; empty for none.")
        var emailRegex: String?

        @OptionGroup var output: OutputOptions

        func validate() throws {
            if name == nil && displayName == nil && autoJoin == nil && defaultRole == nil && emailRegex == nil {
                throw ValidationError("Give what shall be changed.")
            }
        }

        func run() throws {
            let installation = try Installation()
            let caller = try installation.caller(in: subject.organization)
            let changed = try CommandFailure.wrapping {
                var faults: [InputFault] = []
                let pattern: EmailPattern?? = emailRegex.map { text in
                    guard !text.isEmpty else { return nil }
                    return faults.value(of: "email_regex") { () throws(ValueFault) in try EmailPattern(input: text) }
                }
                let form = try OrganizationForm(
                    name: name, displayName: displayName, autoJoin: autoJoin, defaultRole: defaultRole,
                    emailPattern: pattern, faults: faults)
                return try installation.service.updateOrganization(form, by: caller)
            }
            try output.show(changed.json) { try changed.print() }
        }
    }
}
