/// The levels of freshness: how long ago the holder of a session must have logged in or confirmed, at most.
public enum Freshness: Sendable, CaseIterable {
    /// For changes by which somebody could take an account over, or keep it.
    case high
    /// For changes of others' rights that don't raise them.
    case medium
    /// For changes that are easily undone.
    case low
}

/// The ages that the levels of freshness allow, in seconds.
public struct FreshnessPolicy: Sendable, Equatable {
    /// True if all routes ask for their level; `false` if those alone do that change factors or the email address;
    /// `nil` for what `init` has written into the store.
    public var isOn: Bool?
    /// The age that `.high` allows.
    public var high: Int64
    /// The age that `.medium` allows.
    public var medium: Int64
    /// The age that `.low` allows.
    public var low: Int64

    /// Creates a policy.
    public init(isOn: Bool? = nil, high: Int64 = 900, medium: Int64 = 3600, low: Int64 = 86400) {
        self.isOn = isOn
        self.high = high
        self.medium = medium
        self.low = low
    }

    /// The age that a level allows.
    public func maximumAge(_ level: Freshness) -> Int64 {
        switch level {
        case .high: high
        case .medium: medium
        case .low: low
        }
    }
}

/// The request to log in or confirm anew (RFC 9470).
public struct Reauthentication: Sendable, Equatable {
    /// The age that is allowed, in seconds; `nil` if it is not the age that does not do.
    public let maximumAge: Int64?
    /// The time of the last login or confirmation.
    public let authenticatedAt: Timestamp
    /// The methods by which the session may be confirmed.
    public let methods: [String]
    /// True if two factors are asked for, and the session has proved one.
    public let needsSecondFactor: Bool

    /// Creates a request.
    public init(
        maximumAge: Int64?, authenticatedAt: Timestamp, methods: [String], needsSecondFactor: Bool = false
    ) {
        self.maximumAge = maximumAge
        self.authenticatedAt = authenticatedAt
        self.methods = methods
        self.needsSecondFactor = needsSecondFactor
    }
}
