import HTTP
import HTTPTypes
import Identity
import JSON

extension Problem {
    /// A problem as an answer shows it. The web server in front answers its own errors in the same form.
    struct Shown: Shaped {
        let problem: Problem
        let requestID: String

        static let shape = Shape<Shown>("Problem") {
            Member("type", "about:blank", schema: .constant("about:blank")) { _ in "about:blank" }
            Member("title", "Bad Request") { $0.problem.code.status.reasonPhrase }
            Member("status", 400, schema: .integer(minimum: 400, maximum: 599)) { $0.problem.code.status.code }
            Member("detail", "The body has a fault.", "The cause, in words.") { $0.problem.detail }
            Member("code", "invalid_request", "The cause, for programs: it is stable.") { $0.problem.code }
            Member("request_id", Example.requestID) { $0.requestID }
            Member(optional: "errors", "Every fault of the input, with `invalid_request`.") { $0.problem.shownFaults }
            Extensions.members.map { $0.of { $0.problem.extensions ?? Extensions() } }
        }

        /// An example for a code.
        static func example(of code: Code) -> JSONValue {
            let problem = Problem(code, code.guidance.cause.filter { $0 != "`" })
            return Shown(problem: problem, requestID: "req_0a1b2c3d4e5f6071").jsonValue
        }
    }

    /// A fault with its place.
    private struct ShownFault: Shaped {
        var pointer: String?
        var parameter: String?
        let fault: InputFault

        static let shape = Shape<ShownFault> {
            Member(optional: "pointer", "A JSON Pointer to the member of the body (RFC 6901).") { $0.pointer }
            Member(optional: "parameter", "The parameter of the query.") { $0.parameter }
            Member("code", "wrong_type") { $0.fault.code }
            Member("detail", "This must be a string.") { $0.fault.detail }
        }
    }

    private var shownFaults: [ShownFault]? {
        switch faults {
        case .none: nil
        case .body(let faults):
            faults.map { ShownFault(pointer: $0.field.isEmpty ? "" : "/\($0.field)", fault: $0) }
        case .query(let faults): faults.map { ShownFault(parameter: $0.field, fault: $0) }
        }
    }

    /// The time for which an answer to clients that are to come again later is held back. Many of them come again at
    /// once, and would take the processors from everybody else.
    private static let pace = Duration.milliseconds(100)

    /// The answer.
    func response(requestID: String) -> Response {
        var response = Response(Shown(problem: self, requestID: requestID), status: code.status)
        response.headerFields[.contentType] = "application/problem+json"
        response.headerFields.append(contentsOf: headerFields)
        if code == .overloaded || code == .tooManyAttempts { response.delay = Self.pace }
        response.earliest = earliest
        return response
    }
}

extension Problem.Code: JSONForm {}

extension InputFault.Code: JSONForm {
    static var schema: Schema { .choice(Self.self).described("The fault, for programs:\n\n\(meanings)") }
}
