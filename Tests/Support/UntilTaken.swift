import Identity

/// Does something again for as long as the store is unavailable, a minute at most: an engine that gives each write a
/// bounded wait refuses some on a machine that is busy, which is neither lost nor wrong.
public func untilTaken<Value>(_ work: () throws -> Value) throws -> Value {
    let end = ContinuousClock.now + .seconds(60)
    while true {
        do {
            return try work()
        } catch let error as StoreError where error.kind == .unavailable && ContinuousClock.now < end {
            continue
        } catch AuthenticationError.store(let error) where error.kind == .unavailable && ContinuousClock.now < end {
            continue
        }
    }
}
