import Synchronization

/// The policy on second factors and the freshness of an installation whose settings name none, as its store has them.
///
/// A database whose first organization this version made has `.ofNew`. One that an older version made has none, which
/// stands for `.ofOlder`: what its people are used to goes on until an operator decides.
public struct AssuranceDefaults: Sendable, Equatable {
    /// The policy on second factors.
    public let secondFactor: SecondFactorPolicy
    /// True if all routes ask for a recent login.
    public let isFreshnessOn: Bool

    /// Creates defaults from their parts.
    public init(secondFactor: SecondFactorPolicy, isFreshnessOn: Bool) {
        self.secondFactor = secondFactor
        self.isFreshnessOn = isFreshnessOn
    }

    /// The defaults that are written with the first organization of a new database.
    public static let ofNew = AssuranceDefaults(secondFactor: .optional, isFreshnessOn: true)
    /// The defaults of a database that has none.
    public static let ofOlder = AssuranceDefaults(secondFactor: .off, isFreshnessOn: false)
}

/// The stored defaults, once they were read: they are written with the first organization, before anybody has a
/// session, and never changed.
final class KnownAssuranceDefaults: Sendable {
    /// 0 until they are known; else the policy's number in the bits behind the second, and the freshness in the second.
    private let bits = Atomic<UInt8>(0)

    /// The defaults; `nil` if nobody has read them yet.
    var value: AssuranceDefaults? {
        let bits = bits.load(ordering: .relaxed)
        guard bits != 0, let policy = SecondFactorPolicy(number: Int64(bits >> 2)) else { return nil }
        return AssuranceDefaults(secondFactor: policy, isFreshnessOn: bits & 2 != 0)
    }

    func note(_ defaults: AssuranceDefaults) {
        let freshness: UInt8 = defaults.isFreshnessOn ? 2 : 0
        bits.store(1 | freshness | UInt8(defaults.secondFactor.number) << 2, ordering: .relaxed)
    }
}

extension AuthenticationService {
    /// The policy on second factors of the installation: its setting's, else the stored one, which is read once.
    ///
    /// - Throws: `.store`.
    public func installationPolicy() throws(AuthenticationError) -> SecondFactorPolicy {
        if let secondFactorPolicy { return secondFactorPolicy }
        return try storedDefaults().secondFactor
    }

    /// True if all routes ask for their level of freshness; `false` if those alone do that change factors or the email
    /// address.
    ///
    /// - Throws: `.store`.
    public func isFreshnessOn() throws(AuthenticationError) -> Bool {
        if let isOn = freshness.isOn { return isOn }
        return try storedDefaults().isFreshnessOn
    }

    private func storedDefaults() throws(AuthenticationError) -> AssuranceDefaults {
        if let known = assuranceDefaults.value { return known }
        let stored = try withStore { store throws(StoreError) in try store.assuranceDefaults() }
        assuranceDefaults.note(stored)
        return stored
    }
}
