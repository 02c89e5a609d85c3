import Identity

extension CheckReport {
    /// The policy and the freshness that hold, for people.
    struct Assurance {
        let policy: SecondFactorPolicy
        let isFreshnessOn: Bool

        /// - Parameter defaults: those of the database; `nil` if it was not looked at.
        init?(_ settings: Settings, _ defaults: AssuranceDefaults?) {
            guard let policy = settings.secondFactorPolicy ?? defaults?.secondFactor,
                let isOn = settings.freshness.isOn ?? defaults?.isFreshnessOn
            else { return nil }
            self.policy = policy
            isFreshnessOn = isOn
        }
    }

    /// The most organizations that are named.
    private static let mostNamed = 10

    /// Checks what the policies on second factors need.
    mutating func examineAssurance(_ store: any IdentityStore, _ settings: Settings) throws(StoreError) {
        assurance = Assurance(settings, try store.assuranceDefaults())
        guard let policy = assurance?.policy else { return }
        var slugs: [String] = []
        try Pages.forEach { page throws(StoreError) in
            try store.organizations(of: nil, page)
        } _: { (organizations) throws(StoreError) in
            slugs += organizations.filter { $0.secondFactor > .optional }.map(\.slug)
        }
        let named = slugs.prefix(Self.mostNamed).joined(separator: ", ") + (slugs.count > Self.mostNamed ? " …" : "")
        if policy == .off, !slugs.isEmpty {
            warn(
                "the policy on second factors of \(slugs.count.of("organization", "organizations")) (\(named)) has no "
                    + "effect, since nobody can add one: set \(Settings.secondFactor.key) to optional, or stricter")
        }
        // Whoever is bound, and can add none, is shut out of everything else.
        guard policy > .optional || policy == .optional && !slugs.isEmpty else { return }
        if settings.publicURL == nil {
            warn(
                "a policy asks for second factors, and nobody can add a passkey: set \(Settings.publicURL.key) to the "
                    + "address under which browsers reach Postern")
        }
        if settings.keyFile.isEmpty {
            warn(
                "a policy asks for second factors, and nobody can add a TOTP generator: make a key file with `postern "
                    + "key create`, and name it in \(Settings.keyFile.key)")
        }
    }
}
