/// A result of a statement, which an engine may still have to fetch.
enum SQLResult<Value> {
    /// The statement has run.
    case ready(Value)
    /// The statement waits until somebody reads a result, and goes to the engine together with all that wait.
    case pending(() throws -> Value)

    init(_ value: Value) { self = .ready(value) }

    /// - Parameter fetch: fetches the value, the same one each time.
    init(fetching fetch: @escaping () throws -> Value) { self = .pending(fetch) }

    /// The value, for which all statements run that were given before.
    ///
    /// - Throws: as the engine says, the error of any of these statements.
    var value: Value {
        get throws {
            switch self {
            case .ready(let value): value
            case .pending(let fetch): try fetch()
            }
        }
    }

    /// A result that is made of this one as soon as it is there.
    func map<Made>(_ make: @escaping (Value) throws -> Made) throws -> SQLResult<Made> {
        switch self {
        case .ready(let value): .ready(try make(value))
        case .pending(let fetch): .pending { try make(try fetch()) }
        }
    }
}

extension Array {
    /// The values of several results.
    func values<Value>() throws -> [Value] where Element == SQLResult<Value> { try map { try $0.value } }
}
