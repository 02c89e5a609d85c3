import ArgumentParser
import AuthAPI
import Identity
import JSON

extension OrganizationCommand {
    /// `postern organization update`
    struct Update: InstallationCommand {
        static let configuration = CommandConfiguration(
            abstract: "Change the names of an organization, who may join it without being added, and its policy.",
            discussion: """
                With auto-join, an account may join by itself, with the default role, if its whole email address \
                matches the expression. The policy on second factors binds whoever acts in the organization, and the \
                accounts that were made in it always; it can only be stricter than \(Settings.secondFactor.key).

                Example:
                  postern organization update example --auto-join true --email-regex '.*@example[.]com'
                """)

        @OptionGroup var subject: OrganizationArgument

        @Option(help: "The name.")
        var name: String?

        @Option(help: "The name that applications show; empty for none.")
        var displayName: String?

        @Option(help: "true lets accounts join by themselves.")
        var autoJoin: Bool?

        @Option(help: "The role of an account that joins by itself.")
        var defaultRole: Role?

        @Option(help: "A POSIX extended regular expression, such as .*@example[.]com; empty for none.")
        var emailRegex: String?

        @Option(help: "The accounts that must have a second factor: optional, admins or required.")
        var secondFactor: SecondFactorPolicy?

        @OptionGroup var output: OutputOptions

        func validate() throws {
            let isUnchanged =
                name == nil && displayName == nil && autoJoin == nil && defaultRole == nil && emailRegex == nil
                && secondFactor == nil
            if isUnchanged {
                throw ValidationError("Give at least one change.")
            }
        }

        func run(_ installation: Installation) throws {
            var faults: [InputFault] = []
            let form = try OrganizationForm(
                name: name, displayName: displayName, autoJoin: autoJoin, defaultRole: defaultRole,
                emailPattern: emailRegex.map { $0.isEmpty ? nil : faults.emailPattern($0) },
                secondFactor: secondFactor, faults: faults)
            let changed = try installation.service.updateOrganization(
                form, by: installation.caller(in: subject.organization))
            try output.show(changed.json) { try changed.print() }
        }
    }
}
