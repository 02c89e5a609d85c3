/// The carrier of an accepted credential, with the organization that its request names.
///
///     if case .success(let carrier) = try service.identify(bearer: text, naming: "example") {
///         let principal = try carrier.principal.acting(in: carrier.named)
///     }
public struct Carrier: Sendable, Equatable {
    /// The identity and rights behind the credential, in its own organization.
    public let principal: Principal
    /// The organization that the request names; `nil` if it names none.
    public let named: NamedOrganization?

    /// Creates a carrier from its parts.
    public init(principal: Principal, named: NamedOrganization?) {
        self.principal = principal
        self.named = named
    }
}

/// An organization that a request names, as the carrier of its credential stands to it. It is found along with the
/// credential, since a question of its own would cost a round trip to a store on another machine.
public enum NamedOrganization: Sendable, Equatable {
    /// There is no organization with this slug or identifier.
    case unknown
    /// The account of the credential has no active user in it.
    case withoutMembership(Identifier<Organization>, secondFactor: SecondFactorPolicy = .optional)
    /// The account of the credential is a member.
    case withMembership(Principal.Membership)

    /// The organization; `nil` if there is none.
    public var id: Identifier<Organization>? {
        switch self {
        case .unknown: nil
        case .withoutMembership(let id, _): id
        case .withMembership(let membership): membership.organization
        }
    }
}

extension Principal {
    /// The principal in the organization that a request names.
    ///
    /// - Parameter named: the organization; `nil` for the principal's own.
    /// - Throws: `.organizationForbidden` if it has none of its own, or may not act in the one named.
    public func acting(in named: NamedOrganization?) throws(AuthenticationError) -> Principal {
        guard let named else {
            guard membership != nil || administersInstallation else { throw .organizationForbidden }
            return self
        }
        guard let id = named.id else { throw .organizationForbidden }
        if id == organization { return self }
        // A token acts only in the organization it was made for, even if its account belongs to others.
        guard isSession || administersInstallation else { throw .organizationForbidden }
        if case .withMembership(let membership) = named { return acting(as: membership) }
        guard administersInstallation else { throw .organizationForbidden }
        let policy = if case .withoutMembership(_, let policy) = named { policy } else { SecondFactorPolicy.optional }
        return acting(as: Membership(organization: id, user: nil, roles: [], secondFactor: policy))
    }
}

/// The reason for which a credential is not accepted.
///
/// It is for the operator's log alone. The caller gets the same answer for each of them, since the difference between
/// an unknown and an expired token tells a thief which one was genuine.
public enum CredentialRefusal: String, Error, Sendable, CaseIterable {
    /// It does not have the form of a token: it is mistyped, cut off, or another program's.
    case malformed
    /// There is no such credential: it was revoked, its session has ended and was removed, or it is another
    /// installation's.
    case unknown
    /// It has expired.
    case expired
    /// Nobody used the session for too long.
    case idle
    /// The session was made in the future, by a clock that was wrong.
    case future
    /// Its account, or the account's user in the organization of the API token, is not active.
    case inactive
}
