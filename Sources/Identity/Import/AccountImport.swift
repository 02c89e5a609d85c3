import Cryptography

/// An import of accounts from another system: line by line, then into the store in one transaction.
///
///     var accounts = try AccountImport(service, organization: "example")
///     for (number, form) in forms.enumerated() { try accounts.add(form, line: number + 1) }
///     let outcome = try accounts.finish(.allOrNothing)
public struct AccountImport {
    /// A line that is not imported, with its faults.
    public struct Refusal: Sendable, Equatable {
        /// The line's number, starting at 1.
        public let line: Int
        /// The email address, if the line has a valid one.
        public let email: EmailAddress?
        /// The faults.
        public let faults: [InputFault]
    }

    /// The outcome of an import.
    public struct Outcome: Sendable, Equatable {
        /// The number of valid accounts.
        public let accepted: Int
        /// The number of accounts added.
        public let added: Int
        /// The refused lines in their order.
        public let refusals: [Refusal]
    }

    /// The number of lines refused so far.
    public var refusedCount: Int { refusals.count }

    private let service: AuthenticationService
    private var defaultOrganization: Identifier<Organization>?
    private var organizations: [String: Identifier<Organization>?] = [:]
    private var accounts: [NewAccount] = []
    private var lines: [Int] = []
    private var linesByEmailKey: [String: Int] = [:]
    private var refusals: [Refusal] = []
    private let unmatchableHash: String

    /// Starts an import for an operator, who may grant every role.
    ///
    /// - Parameter organization: slug or identifier of the organization for accounts that name none.
    /// - Throws: `.notFound`, `.store`.
    public init(_ service: AuthenticationService, organization: String?) throws(AuthenticationError) {
        self.service = service
        unmatchableHash = service.hasher.unmatchableHash
        defaultOrganization = nil
        defaultOrganization = try organization.map { name throws(AuthenticationError) in
            guard let id = try self.organization(name) else { throw .notFound("an organization \(name)") }
            return id
        }
    }

    /// Adds a line, or refuses it.
    ///
    /// - Throws: `.store`, `.cryptography`.
    public mutating func add(_ form: ImportForm, line: Int) throws(AuthenticationError) {
        var faults: [InputFault] = []
        let organization = try organization(of: form, &faults)
        if let earlier = linesByEmailKey[form.email.key] {
            faults.append(InputFault("email", .repeated, "Line \(earlier) has this email address already."))
        }
        let now = service.clock.now()
        if let createdAt = form.createdAt, createdAt > now {
            faults.append(InputFault("created_at", .outOfRange, "This moment is in the future."))
        }
        if let remedy = form.passwordHash.flatMap(service.hasher.keyRemedy(for:)) {
            faults.append(
                InputFault("password_hash", .unusableHash, "This host cannot check the hash: \(remedy)."))
        }
        linesByEmailKey[form.email.key] = linesByEmailKey[form.email.key] ?? line
        guard faults.isEmpty, let organization else {
            refusals.append(Refusal(line: line, email: form.email, faults: faults))
            return
        }
        let account = try service.newAccount(
            email: form.email, names: form.names, roles: form.roles, state: form.state,
            createdAt: form.createdAt ?? now, in: organization)
        let event = try service.event(
            .accountImported, by: .operator, account: account.id, organization: organization,
            details: ["roles": account.roles.names.joined(separator: " ")])
        accounts.append(
            NewAccount(account: account, passwordHash: form.passwordHash ?? unmatchableHash, event: event))
        lines.append(line)
    }

    /// Refuses a line that can't be read.
    public mutating func refuse(line: Int, email: EmailAddress? = nil, faults: [InputFault]) {
        refusals.append(Refusal(line: line, email: email, faults: faults))
    }

    /// Adds the accounts to the store, in one transaction.
    ///
    /// - Throws: `.store`.
    public mutating func finish(_ mode: ImportMode) throws(AuthenticationError) -> Outcome {
        // Nothing will be added, but the accounts that the store would refuse are reported as well.
        let mode = mode == .allOrNothing && !refusals.isEmpty ? .dryRun : mode
        let present = try service.withStore { [accounts] store throws(StoreError) in
            try store.insert(accounts, mode)
        }
        for index in present {
            refuse(
                line: lines[index], email: accounts[index].account.email,
                faults: [InputFault("email", .accountExists, "There is an account with this email address.")])
        }
        let accepted = accounts.count - present.count
        let isKept =
            switch mode {
            case .allOrNothing: present.isEmpty
            case .whatFits: true
            case .dryRun: false
            }
        return Outcome(
            accepted: accepted, added: isKept ? accepted : 0, refusals: refusals.sorted { $0.line < $1.line })
    }

    private mutating func organization(
        of form: ImportForm, _ faults: inout [InputFault]
    ) throws(AuthenticationError) -> Identifier<Organization>? {
        guard let name = form.organization else {
            if defaultOrganization == nil {
                faults.append(InputFault("organization", .required, "No organization is given, here or for all."))
            }
            return defaultOrganization
        }
        let organization = try organization(name)
        if organization == nil {
            faults.append(InputFault("organization", .unknownOrganization, "There is no such organization."))
        }
        return organization
    }

    /// The organization with this name, read from the store once.
    private mutating func organization(_ name: String) throws(AuthenticationError) -> Identifier<Organization>? {
        // Longer than any slug or identifier, and hashing a long text may take quadratic time.
        guard name.utf8.count <= Organization.maximumSlugLength else { return nil }
        if let known = organizations[name] { return known }
        let found = try service.withStore { store throws(StoreError) in try store.organization(name)?.id }
        organizations[name] = .some(found)
        return found
    }
}
