public import ArgumentParser
public import Gateway
public import Identity

extension IPAddress: ExpressibleByArgument {
    /// Reads an address as it is typed, with or without brackets and port.
    public init?(argument: String) {
        self.init(endpoint: argument)
    }
}

extension Role: ExpressibleByArgument {}

extension Scope: ExpressibleByArgument {}

extension Account.State: ExpressibleByArgument {}

extension AuditEvent.Kind: ExpressibleByArgument {}

extension Timestamp: ExpressibleByArgument {
    /// Reads a moment as it is typed. A day alone is its beginning in UTC.
    public init?(argument: String) {
        guard let moment = Timestamp(argument) ?? Timestamp(day: argument) else { return nil }
        self = moment
    }
}

extension Identifier: ExpressibleByArgument {
    /// Reads an identifier as it is typed.
    public init?(argument: String) {
        self.init(argument)
    }
}

extension TimeSpan: ExpressibleByArgument {
    init?(argument: String) {
        self.init(argument)
    }
}
