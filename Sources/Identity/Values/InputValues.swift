// Values read from a text in a request, an import file or a command's arguments.

extension RawRepresentable where RawValue == String, Self: CaseIterable {
    /// The case with exactly this name.
    ///
    /// Compares bytes: `==` normalizes both texts, which takes quadratic time on long runs of combining marks.
    public init?(named name: String) {
        guard let value = Self.allCases.first(where: { $0.rawValue.utf8.elementsEqual(name.utf8) }) else { return nil }
        self = value
    }

    /// The case with exactly this name, or a fault that explains itself.
    fileprivate init(_ name: String, else fault: ValueFault) throws(ValueFault) {
        guard let value = Self(named: name) else { throw fault }
        self = value
    }
}

extension Account.State {
    /// Reads `Active` or `Inactive`.
    public init(input text: String) throws(ValueFault) {
        try self.init(text, else: ValueFault(.unknownState, "A state is Active or Inactive."))
    }
}

extension Role {
    /// Reads the name of a role.
    public init(input text: String) throws(ValueFault) {
        try self.init(text, else: ValueFault(.unknownRole, "There is no such role."))
    }

    /// Reads the name of a role that is held in an organization.
    public init(inOrganization text: String) throws(ValueFault) {
        try self.init(text, else: Self.notInOrganization)
        if isInstallationWide { throw Self.notInOrganization }
    }

    static let notInOrganization = ValueFault(.unknownRole, "There is no such role in an organization.")
}

extension SecondFactorPolicy {
    /// Reads the name of a policy that an organization may have.
    public init(inOrganization text: String) throws(ValueFault) {
        try self.init(text, else: Self.notOfOrganization)
        if self == .off { throw Self.notOfOrganization }
    }

    static let notOfOrganization = ValueFault(
        .outOfRange, "The policy of an organization is optional, admins or required.")
}

extension Scope {
    /// Reads the name of a scope.
    public init(input text: String) throws(ValueFault) {
        try self.init(text, else: ValueFault(.unknownScope, "There is no such scope."))
    }
}

extension AuditEvent.Kind {
    /// Reads the name of a kind of event.
    public init(input text: String) throws(ValueFault) {
        try self.init(text, else: ValueFault(.unknownKind, "There is no such type."))
    }
}

extension Timestamp {
    /// The detail of the fault of a text that is not a moment.
    public static let formDetail = "This is not a moment such as 2027-01-31T00:00:00Z or 2027-01-31T01:00:00+01:00."

    static let malformed = ValueFault(.invalidFormat, formDetail)

    /// Reads a moment in the form of RFC 3339.
    public init(input text: String) throws(ValueFault) {
        guard let value = Self(text) else { throw Self.malformed }
        self = value
    }
}
