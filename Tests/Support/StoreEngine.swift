import Foundation
public import Testing

/// The engine of the stores that the suites for every engine are run with.
///
/// `POSTERN_TEST_STORE=postgresql` chooses PostgreSQL for all of them; without it, it is SQLite.
public enum StoreEngine: String, Sendable {
    case sqlite, postgresql

    /// The engine of this run.
    public static let current: StoreEngine = {
        let name = ProcessInfo.processInfo.environment["POSTERN_TEST_STORE"] ?? sqlite.rawValue
        guard let engine = StoreEngine(rawValue: name) else {
            preconditionFailure("POSTERN_TEST_STORE=\(name): sqlite or postgresql")
        }
        return engine
    }()
}

extension Trait where Self == ConditionTrait {
    /// Runs a test on one engine alone.
    ///
    /// - Parameter reason: the cause for which it says nothing about the others.
    public static func only(on engine: StoreEngine, _ reason: Comment) -> Self {
        .enabled(if: StoreEngine.current == engine, reason)
    }
}
