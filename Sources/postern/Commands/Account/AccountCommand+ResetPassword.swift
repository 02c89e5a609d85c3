import ArgumentParser
import AuthAPI
import Identity
import JSON

extension AccountCommand {
    /// `postern account reset-password`
    struct ResetPassword: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Give an account a new random password, print it this once, and end its sessions and API tokens.",
            discussion: """
                It must be changed at the next login. It goes to standard output; what is said about it goes to standard \
                error.
                """)

        @OptionGroup var subject: AccountArgument

        @OptionGroup var output: OutputOptions

        func run() throws {
            let installation = try Installation()
            let account = try installation.account(subject.account)
            let password = try CommandFailure.wrapping {
                try installation.service.resetPassword(of: account.id, by: .operator)
            }
            try output.show([
                "id": .string("\(account.id)"), "email": .string("\(account.email)"),
                "new_password": .string(password),
            ]) {
                try Terminal.print(password)
                Terminal.note("The new password of \(account.email). Hand it on now: it is not shown again.")
            }
        }
    }
}
