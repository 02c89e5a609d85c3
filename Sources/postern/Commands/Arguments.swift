public import ArgumentParser
public import Identity

extension Role: ExpressibleByArgument {}

extension Scope: ExpressibleByArgument {}

extension Timestamp: ExpressibleByArgument {
    /// Reads a moment as it is typed.
    public init?(argument: String) {
        self.init(argument)
    }
}
