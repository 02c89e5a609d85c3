import HTTP
import HTTPTypes
import Identity

/// An error answer: problem details for HTTP APIs (RFC 9457).
///
/// It holds nothing of the inside: no SQL, no path, no cause that only an operator understands.
struct Problem: Error, Sendable {
    /// The faults of the input.
    enum Faults: Sendable {
        case none
        /// In these members of the body.
        case body([InputFault])
        /// In these parameters of the query.
        case query([InputFault])
    }

    let code: Code
    /// The cause, in words for the sender of the request.
    let detail: String
    /// The faults of the input, for `invalid_request`.
    let faults: Faults
    /// Header fields that go with the answer.
    let headerFields: ResponseFields
    /// The moment before which the answer would tell something by its time; `nil` for none.
    var earliest: ContinuousClock.Instant?
    /// The counter by which there were too many attempts, for the log alone.
    var throttled: ThrottleCounter.Name?

    init(_ code: Code, _ detail: String, faults: Faults = .none, headerFields: ResponseFields = [:]) {
        self.code = code
        self.detail = detail
        self.faults = faults
        self.headerFields = headerFields
    }
}
