/// The names of a new account, checked.
struct PersonNames: Sendable, Equatable {
    /// The display name, if given.
    let name: String?
    /// The given name, if given.
    let givenName: String?
    /// The family name, if given.
    let familyName: String?

    /// Checks names and records their faults.
    init(name: String?, givenName: String?, familyName: String?, _ faults: inout [InputFault]) {
        self.givenName = givenName.flatMap { InputFault.optionalName($0, "given_name", &faults) }
        self.familyName = familyName.flatMap { InputFault.optionalName($0, "family_name", &faults) }
        self.name = name.flatMap { InputFault.optionalName($0, "name", &faults) }
    }

    /// The display name of an account with this email address: the given one, otherwise given and family name cut to the
    /// length of a name, otherwise the part of the address before the `@`.
    func displayName(_ address: EmailAddress) -> String {
        let fullName = [givenName, familyName].compactMap(\.self).joined(separator: " ")
        return name ?? (fullName.isEmpty ? address.localPart : InputFault.cutName(fullName))
    }
}
