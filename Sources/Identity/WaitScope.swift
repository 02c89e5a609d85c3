/// What is to be around each wait for the disk or for another thread, which may be long: a server lets another thread
/// take requests meanwhile.
public struct WaitScope: Sendable {
    private let around: @Sendable (() -> Void) -> Void

    /// Nothing.
    public static let none = WaitScope { $0() }

    /// Makes a scope.
    ///
    /// - Parameter around: runs the wait that it gets, once, before it returns.
    public init(_ around: @escaping @Sendable (() -> Void) -> Void) { self.around = around }

    /// Runs a wait.
    ///
    /// - Throws: what it throws.
    public func run<Value, Failure: Error>(_ wait: () throws(Failure) -> Value) throws(Failure) -> Value {
        var result: Result<Value, Failure>?
        around { result = Result(catching: wait) }
        guard let result else { preconditionFailure("a wait was left out") }
        return try result.get()
    }
}
