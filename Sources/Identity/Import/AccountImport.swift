import Cryptography

/// An import of accounts from another system: record by record, then into the store in one transaction.
///
///     var accounts = try AccountImport(service, organization: "example")
///     for (number, form) in forms.enumerated() { try accounts.add(form, number: number + 1) }
///     let outcome = try accounts.finish(.allOrNothing)
public struct AccountImport {
    /// The word for the places of records in the file.
    public var unit = ImportRecord.Unit.line
    /// The number of records refused so far.
    public var refusedCount: Int { refusals.count }
    /// The most refused records that an import keeps, in 60 MB; a file may have millions.
    public static let mostKeptRefusals = 100_000

    private let service: AuthenticationService
    private var defaultOrganization: Identifier<Organization>?
    private var organizations: [String: Identifier<Organization>?] = [:]
    private var accounts: [NewAccount] = []
    private var numbers: [Int] = []
    private var numbersByEmailKey: [String: Int] = [:]
    private var numbersByExternalID: [String: Int] = [:]
    private var refusals: Refusals
    private let report: (Refusal, ImportRecord.Unit) -> Void
    private var skippedCount = 0
    private let unmatchableHash: String

    /// Starts an import for an operator, who may grant every role.
    ///
    /// - Parameters:
    ///   - organization: slug or identifier of the organization for accounts that name none.
    ///   - mostKept: the number of refused records that the outcome has at most.
    ///   - report: gets each refused record when it is found: those that only the store refuses come last.
    /// - Throws: `.notFound`, `.store`.
    public init(
        _ service: AuthenticationService, organization: String?, keepingRefusals mostKept: Int = mostKeptRefusals,
        report: @escaping (Refusal, ImportRecord.Unit) -> Void = { _, _ in }
    ) throws(AuthenticationError) {
        self.service = service
        self.report = report
        refusals = Refusals(keeping: mostKept)
        unmatchableHash = service.hasher.unmatchableHash
        defaultOrganization = nil
        defaultOrganization = try organization.map { name throws(AuthenticationError) in
            guard let id = try self.organization(name) else { throw .notFound("an organization \(name)") }
            return id
        }
    }

    /// Adds an account, or refuses it.
    ///
    /// - Parameter number: the number of its record, starting at 1.
    /// - Throws: `.store`, `.cryptography`.
    public mutating func add(_ form: ImportForm, number: Int) throws(AuthenticationError) {
        var faults: [InputFault] = []
        let organization = try organization(of: form, &faults)
        noteRepeated(form, number, &faults)
        let now = service.clock.now()
        if let createdAt = form.createdAt, createdAt > now {
            faults.append(InputFault("created_at", .outOfRange, "This moment is in the future."))
        }
        if let remedy = form.passwordHash.flatMap(service.hasher.keyRemedy(for:)) {
            faults.append(
                InputFault("password_hash", .unusableHash, "This host cannot check the hash: \(remedy)."))
        }
        guard faults.isEmpty, let organization else {
            refuse(number: number, email: form.email, externalID: form.externalID, faults: faults)
            return
        }
        let account = try service.newAccount(
            email: form.email, names: form.names, roles: form.roles, state: form.state,
            createdAt: form.createdAt ?? now, externalID: form.externalID, in: organization)
        let event = try service.event(
            .accountImported, by: .operator, account: account.id, organization: organization,
            details: ["roles": account.roles.names.joined(separator: " ")])
        accounts.append(
            NewAccount(account: account, passwordHash: form.passwordHash ?? unmatchableHash, event: event))
        numbers.append(number)
    }

    /// Refuses a record that can't be read, or is not an account that can be imported.
    public mutating func refuse(
        number: Int, email: EmailAddress? = nil, externalID: String? = nil, faults: [InputFault]
    ) {
        let refusal = Refusal(number: number, email: email, externalID: externalID, faults: faults)
        refusals.add(refusal)
        report(refusal, unit)
    }

    /// Counts a record that is not an account, such as a group.
    public mutating func skip() { skippedCount += 1 }

    /// Adds the accounts to the store, in one transaction.
    ///
    /// - Throws: `.store`.
    public mutating func finish(_ mode: ImportMode) throws(AuthenticationError) -> Outcome {
        // Nothing will be added, but the accounts that the store would refuse are reported as well.
        let mode = mode == .allOrNothing && refusals.count > 0 ? .dryRun : mode
        let refused = try service.withStore { [accounts] store throws(StoreError) in
            try store.insert(accounts, mode)
        }
        for refusal in refused {
            let account = accounts[refusal.index].account
            refuse(
                number: numbers[refusal.index], email: account.email, externalID: account.externalID,
                faults: [refusal.cause.fault])
        }
        let absent = Set(refused.map(\.index))
        let accepted = accounts.indices.filter { !absent.contains($0) }.map { accounts[$0] }
        return Outcome(
            accepted: accepted.count,
            imported: mode.keepsOthers(than: refused) ? accepted.map(\.account) : [],
            withoutPassword: accepted.count { $0.passwordHash == unmatchableHash }, skipped: skippedCount,
            refusedCount: refusals.count, refusals: refusals.kept.sorted { $0.number < $1.number },
            reasons: refusals.reasons)
    }

    /// Notes values that an earlier record has.
    private mutating func noteRepeated(_ form: ImportForm, _ number: Int, _ faults: inout [InputFault]) {
        let place = unit == .line ? "Line" : "Record"
        if let earlier = numbersByEmailKey[form.email.key] {
            faults.append(InputFault("email", .repeated, "\(place) \(earlier) has this email address already."))
        } else {
            numbersByEmailKey[form.email.key] = number
        }
        guard let id = form.externalID else { return }
        if let earlier = numbersByExternalID[id] {
            faults.append(InputFault("external_id", .repeated, "\(place) \(earlier) has this identifier already."))
        } else {
            numbersByExternalID[id] = number
        }
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

extension RefusedAccount.Cause {
    fileprivate var fault: InputFault {
        switch self {
        case .email: InputFault("email", .accountExists, "There is an account with this email address.")
        case .externalID:
            InputFault("external_id", .accountExists, "There is an account with this identifier of another system.")
        }
    }
}
