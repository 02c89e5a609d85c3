public import Identity
public import JSON

extension Factor.Kind: JSONForm {}

extension Factor: Shaped {
    static let shape = Shape<Factor>("Factor") {
        Member("id", Example.factor) { $0.id }
        Member("type", "passkey") { $0.kind }
        Member("name", "Phone") { $0.name }
        Member("created_at", Example.moment) { $0.createdAt }
        Member("last_used_at", "2026-02-08T15:02:10Z") { $0.lastUsedAt }
        Member("backed_up", true, "Whether the passkey is kept in more than one place; null for a generator.") {
            $0.isBackedUp
        }
    }

    /// The factor as the API shows it.
    public var json: JSONValue { jsonValue }
}

/// The second factors of an account as they are shown.
struct ShownFactors: Shaped {
    let own: AccountFactors

    static let shape = Shape<ShownFactors>("Factors") {
        Member("factors", [Factor.shape.example], "The oldest first, at most \(Factor.most).") { $0.own.factors }
        Member("recovery_codes_left", 10) { $0.own.recoveryCodesLeft }
    }
}

/// A factor that was added.
struct AddedFactor: Shaped {
    let factor: Factor
    let recoveryCodes: [String]?

    static let shape = Shape<AddedFactor>("AddedFactor") {
        Factor.shape.members.map { $0.of { $0.factor } }
        Member(
            optional: "recovery_codes",
            "Only there with the first factor of the account: ten codes, which are shown this once."
        ) { $0.recoveryCodes }
    }
}

/// Recovery codes, which are shown once.
struct ShownRecoveryCodes: Shaped {
    let codes: [String]

    static let shape = Shape<ShownRecoveryCodes>("RecoveryCodes") {
        Member("recovery_codes", ["4K7QX-M9D2A"]) { $0.codes }
    }
}
