import HTTP
import HTTPTypes
import Identity

/// An error answer: problem details for HTTP APIs (RFC 9457).
///
/// It reveals no internals: no SQL, no path, no cause that only an operator understands.
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
    /// The earliest moment for the answer, so that its time reveals nothing; `nil` for now.
    var earliest: ContinuousClock.Instant?
    /// The counter that refused the attempt, for the log alone.
    var throttled: ThrottleCounter.Name?
    /// The members that answers of this code have beside those of all.
    var extensions: Extensions?
    /// The cause that the caller is not told, in a word, for the log alone.
    var reason: String?

    init(_ code: Code, _ detail: String, faults: Faults = .none, headerFields: ResponseFields = [:]) {
        self.code = code
        self.detail = detail
        self.faults = faults
        self.headerFields = headerFields
    }
}
