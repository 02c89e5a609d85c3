import Cryptography

/// Accounts of another system on their way into the store, line by line and then all at once.
public struct AccountImport {
    /// A line that is not taken over, and why.
    public struct Refusal: Sendable, Equatable {
        /// The line's number, from 1 on.
        public let line: Int
        /// The email address, where the line has one.
        public let email: EmailAddress?
        /// All that is wrong.
        public let faults: [InputFault]
    }

    /// How it ended.
    public struct Outcome: Sendable, Equatable {
        /// How many accounts were found right.
        public let accepted: Int
        /// How many were added.
        public let added: Int
        /// The lines that were refused, in their order.
        public let refusals: [Refusal]
    }

    /// How many lines were refused so far.
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
    /// - Parameter organization: slug or identifier of the organization of those accounts that name none.
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

    /// Takes a line in.
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
        linesByEmailKey[form.email.key] = linesByEmailKey[form.email.key] ?? line
        guard faults.isEmpty, let organization else {
            refusals.append(Refusal(line: line, email: form.email, faults: faults))
            return
        }
        let account = try AuthenticationError.wrapping {
            try service.newAccount(
                email: form.email, names: form.names, roles: form.roles, state: form.state,
                createdAt: form.createdAt ?? now, in: organization)
        }
        let event = try service.event(
            .accountImported, by: .operator, account: account.id, organization: organization,
            details: ["roles": account.roles.names.joined(separator: " ")])
        accounts.append(
            NewAccount(
                account: account, passwordHash: form.passwordHash ?? unmatchableHash, event: event))
        lines.append(line)
    }

    /// Notes a line that could not be read.
    public mutating func refuse(line: Int, email: EmailAddress? = nil, faults: [InputFault]) {
        refusals.append(Refusal(line: line, email: email, faults: faults))
    }

    /// Adds the accounts to the store, in one transaction.
    ///
    /// - Throws: `.store`.
    public mutating func finish(_ mode: ImportMode) throws(AuthenticationError) -> Outcome {
        // What the store refuses is to be told too.
        let mode = mode == .allOrNothing && !refusals.isEmpty ? .dryRun : mode
        let present = try AuthenticationError.wrapping { try service.store.insert(accounts, mode) }
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

    /// The organization of this name, for which the store is asked once.
    private mutating func organization(_ name: String) throws(AuthenticationError) -> Identifier<Organization>? {
        // Neither slug nor identifier: to hash a long text may take quadratic time.
        guard name.utf8.count <= Organization.maximumSlugLength else { return nil }
        if let known = organizations[name] { return known }
        let found = try AuthenticationError.wrapping { try service.store.organization(name)?.id }
        organizations[name] = .some(found)
        return found
    }
}
