/// Why the store could not do what it was asked to.
public struct StoreError: Error, Sendable, Equatable, CustomStringConvertible {
    /// What an operator, or the caller, can do.
    public enum Kind: Sendable, Equatable, CaseIterable {
        /// It may work again later or when the operator has mended something: locked, full, read-only, gone.
        case unavailable
        /// The data is damaged: only a backup helps.
        case damaged
        /// There is no database, or none that this program can use.
        case unusable
        /// A fault of the program.
        case unexpected
    }

    /// What can be done.
    public let kind: Kind
    /// What happened and what to do, for the operator. It never goes into a response.
    public let description: String

    /// Makes an error.
    public init(_ kind: Kind, _ description: String) {
        self.kind = kind
        self.description = description
    }
}
