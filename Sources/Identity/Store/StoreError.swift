/// A failure of the store.
public struct StoreError: Error, Sendable, Equatable, CustomStringConvertible {
    /// The kinds of failures, by their remedy.
    public enum Kind: Sendable, Equatable, CaseIterable {
        /// The store is locked, full, read-only or missing. It may work later or after the operator has acted.
        case unavailable
        /// The answer to a change is lost: it may have been done, and was not acknowledged.
        case uncertain
        /// The data is damaged. Only a backup helps.
        case damaged
        /// There is no database that this program can use.
        case unusable
        /// The program has a bug.
        case unexpected
    }

    /// The kind of failure.
    public let kind: Kind
    /// The failure and its remedy, for the operator. It is never part of a response.
    public let description: String

    /// Creates an error.
    public init(_ kind: Kind, _ description: String) {
        self.kind = kind
        self.description = description
    }
}
