import ArgumentParser
import AuthAPI
import Identity
import JSON

extension AccountCommand {
    /// `postern account factor`
    struct FactorCommand: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "factor", abstract: "List, add and remove second factors of an account.",
            subcommands: [List.self, AddTOTP.self, Reset.self])

        /// `postern account factor list`
        struct List: InstallationCommand {
            static let configuration = CommandConfiguration(
                abstract: "List the second factors of an account, oldest first.",
                discussion: """
                    On a terminal, a line tells how many recovery codes are left.

                    Example:
                      postern account factor list ann@example.org
                    """)

            @OptionGroup var subject: AccountArgument

            @OptionGroup var output: OutputOptions

            func run(_ installation: Installation) throws {
                let account = try installation.account(subject.account)
                let own = try installation.service.factors(of: account.id)
                try output.list(
                    [
                        "ID": { "\($0.id)" }, "TYPE": \.kind.rawValue, "NAME": \.name, "CREATED": { "\($0.createdAt)" },
                        "LAST USED": { ($0.lastUsedAt.map { "\($0)" } ?? "").orDash },
                        "BACKED UP": { ($0.isBackedUp.map { $0 ? "yes" : "no" } ?? "").orDash },
                    ], parts: { body in try body(own.factors) }, json: \.json)
                if !own.factors.isEmpty {
                    Terminal.note(
                        "\(own.recoveryCodesLeft.of("recovery code is", "recovery codes are")) left.")
                }
            }
        }

        /// `postern account factor add-totp`
        struct AddTOTP: InstallationCommand {
            static let configuration = CommandConfiguration(
                commandName: "add-totp",
                abstract: "Add an authenticator app to an account, and print its QR code once.",
                discussion: """
                    It counts at once: the next login asks for a code. With the first factor of an account come ten \
                    recovery codes, and its sessions end. Standard output gets the otpauth address, then the recovery \
                    codes; standard error the QR code, light on dark.

                    It needs the installation's keys. Where systemd hands them to the service, a shell does not have \
                    them, and it ends with 78.

                    Example:
                      postern account factor add-totp ann@example.org
                    """)

            @OptionGroup var subject: AccountArgument

            @OptionGroup var output: OutputOptions

            func run(_ installation: Installation) throws {
                let account = try installation.account(subject.account)
                let added = try installation.service.addGenerator(to: account)
                let codes = added.recoveryCodes ?? []
                try output.show([
                    "id": .string("\(added.generator.id)"), "secret": .string(added.generator.secret),
                    "otpauth_uri": .string(added.generator.uri), "recovery_codes": .strings(codes),
                ]) {
                    if let code = QRCode(added.generator.uri) { Terminal.note(code.text) }
                    try Terminal.print(([added.generator.uri] + codes).joined(separator: "\n"))
                    Terminal.note(
                        "The authenticator app of \(account.email). Pass it on now: it is not shown again.")
                }
            }
        }

        /// `postern account factor reset`
        struct Reset: InstallationCommand {
            static let configuration = CommandConfiguration(
                abstract: "Remove all second factors of an account, and end its sessions.",
                discussion: """
                    For somebody who has lost them: the account then logs in by its password alone, and adds new ones. \
                    Recovery codes, logins that wait for a second factor and the trust in browsers go, too. Make sure \
                    who asks for it.

                    Example:
                      postern account factor reset ann@example.org
                    """)

            @OptionGroup var subject: AccountArgument

            @OptionGroup var output: OutputOptions

            func run(_ installation: Installation) throws {
                let account = try installation.account(subject.account)
                let count = try installation.service.factors(of: account.id).factors.count
                try installation.service.resetFactors(of: account.id, by: .operator)
                try output.show(["id": .string("\(account.id)"), "removed": .number(count)]) {
                    try Terminal.print(
                        "Removed \(count.of("second factor", "second factors")) of \(account.email)")
                }
            }
        }
    }
}
