/// The role and name of a user, checked. `nil` leaves a property as it is.
///
///     let user = try service.update(id, UserForm(role: .appAdmin), by: caller)
public struct UserForm: Sendable, Equatable {
    /// The role in the organization.
    public let role: Role?
    /// The name by which the organization knows the person.
    public let name: String?

    /// Checks role and name.
    ///
    /// - Parameters:
    ///   - nameField: the field that faults of the name refer to.
    ///   - faults: the faults found so far.
    /// - Throws: `AuthenticationError.invalidInput` with all faults, including `faults`.
    public init(
        role: Role? = nil, name: String? = nil, nameField: String = "name", faults: [InputFault] = []
    ) throws(AuthenticationError) {
        var faults = faults
        self.role = role.flatMap { $0.checked(inOrganization: "role", &faults) }
        self.name = name.flatMap { InputFault.requiredName($0, nameField, &faults) }
        guard faults.isEmpty else { throw .invalidInput(faults) }
    }
}
