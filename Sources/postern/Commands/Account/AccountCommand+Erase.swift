import ArgumentParser
import AuthAPI
import Identity
import JSON

extension AccountCommand {
    /// `postern account erase`
    struct Erase: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Erase an account with its users, sessions and API tokens. This cannot be undone.",
            discussion: "The audit log keeps the account's identifier, and nothing else of it.")

        @OptionGroup var subject: AccountArgument

        @OptionGroup var confirmation: ConfirmationOptions

        @OptionGroup var output: OutputOptions

        func run() throws {
            let installation = try Installation()
            let account = try installation.account(subject.account)
            try confirmation.confirm("Erase the account \(account.id) (\(account.email)) and all that belongs to it?")
            try CommandFailure.wrapping { try installation.service.erase(account.id, by: .operator) }
            try output.show(["id": .string("\(account.id)"), "erased": .bool(true)]) {
                try Terminal.print("Erased \(account.id) (\(account.email))")
            }
        }
    }
}
