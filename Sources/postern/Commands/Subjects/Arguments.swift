public import ArgumentParser
public import Cryptography
public import HTTP
public import Identity

extension IPAddress: ExpressibleByArgument {
    /// Reads an address from the command line, with or without brackets and port.
    public init?(argument: String) {
        self.init(endpoint: argument)
    }
}

extension Role: ExpressibleByArgument {}

extension Scope: ExpressibleByArgument {}

extension Account.State: ExpressibleByArgument {}

extension SecondFactorPolicy: ExpressibleByArgument {}

extension AuditEvent.Kind: ExpressibleByArgument {}

extension Timestamp: ExpressibleByArgument {
    /// Reads a moment from the command line. A day stands for its beginning in UTC.
    public init?(argument: String) {
        guard let moment = Timestamp(argument) ?? Timestamp(day: argument) else { return nil }
        self = moment
    }
}

extension Identifier: ExpressibleByArgument {
    /// Reads an identifier from the command line.
    public init?(argument: String) {
        self.init(argument)
    }
}

extension KeyID: ExpressibleByArgument {
    /// Reads the identifier of a key from the command line.
    public init?(argument: String) {
        self.init(argument)
    }
}

extension TimeSpan: ExpressibleByArgument {
    init?(argument: String) {
        self.init(argument)
    }
}

extension [InputFault] {
    /// Reads an email address from the command line; notes a fault if it is not valid.
    mutating func emailAddress(_ text: String) -> EmailAddress? {
        value(of: "email") { () throws(ValueFault) in try EmailAddress(input: text) }
    }

    /// Reads a regular expression from the command line; notes a fault if it is not valid.
    mutating func emailPattern(_ text: String) -> EmailPattern? {
        value(of: "email_regex") { () throws(ValueFault) in try EmailPattern(input: text) }
    }
}
