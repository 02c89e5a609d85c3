/// The names that a new account gives its person, checked.
struct PersonNames: Sendable, Equatable {
    /// The display name, where it is given.
    let name: String?
    /// The given name.
    let givenName: String?
    /// The family name.
    let familyName: String?

    /// Checks names; what is wrong is noted.
    init(name: String?, givenName: String?, familyName: String?, _ faults: inout [InputFault]) {
        self.givenName = givenName.flatMap { InputFault.optionalName($0, "given_name", &faults) }
        self.familyName = familyName.flatMap { InputFault.optionalName($0, "family_name", &faults) }
        self.name = name.flatMap { InputFault.optionalName($0, "name", &faults) }
    }

    /// The display name of who has this email address: what is given, else given and family name, cut to the length of a
    /// name, else the part of the address before the `@`.
    func displayName(_ address: EmailAddress) -> String {
        let fullName = [givenName, familyName].compactMap(\.self).joined(separator: " ")
        return name ?? (fullName.isEmpty ? address.localPart : InputFault.cutName(fullName))
    }
}
