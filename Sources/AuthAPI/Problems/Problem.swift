import HTTP
import HTTPTypes
import Identity
import JSON

/// An error answer: problem details for HTTP APIs (RFC 9457).
///
/// Nothing of the inside goes into one: no SQL, no path, no reason that only an operator understands.
struct Problem: Error, Sendable {
    /// The stable codes, for programs.
    enum Code: String, Sendable, CaseIterable {
        case malformedJSON = "malformed_json"
        case invalidRequest = "invalid_request"
        case unauthenticated
        case invalidToken = "invalid_token"
        case invalidCredentials = "invalid_credentials"
        case insufficientScope = "insufficient_scope"
        case forbidden
        case roleNotGrantable = "role_not_grantable"
        case accountInactive = "account_inactive"
        case passwordChangeRequired = "password_change_required"
        case crossOrigin = "cross_origin"
        case notFound = "not_found"
        case methodNotAllowed = "method_not_allowed"
        case accountExists = "account_exists"
        case conflict
        case payloadTooLarge = "payload_too_large"
        case unsupportedMediaType = "unsupported_media_type"
        case tooManyAttempts = "too_many_attempts"
        case `internal`
        case overloaded
        case unavailable

        /// The status that the code always goes with.
        var status: HTTPResponse.Status {
            switch self {
            case .malformedJSON, .invalidRequest: .badRequest
            case .unauthenticated, .invalidToken, .invalidCredentials: .unauthorized
            case .insufficientScope, .forbidden, .roleNotGrantable, .accountInactive, .passwordChangeRequired,
                .crossOrigin:
                .forbidden
            case .notFound: .notFound
            case .methodNotAllowed: .methodNotAllowed
            case .accountExists, .conflict: .conflict
            case .payloadTooLarge: .contentTooLarge
            case .unsupportedMediaType: .unsupportedMediaType
            case .tooManyAttempts: .tooManyRequests
            case .internal: .internalServerError
            case .overloaded, .unavailable: .serviceUnavailable
            }
        }
    }

    /// What is wrong in what was sent.
    enum Faults: Sendable {
        case none
        /// In these members of the body.
        case body([InputFault])
        /// In these parameters of the query.
        case query([InputFault])
    }

    /// The code.
    let code: Code
    /// What happened, in words for whoever sent the request.
    let detail: String
    /// What is wrong in what was sent, for `invalid_request`.
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

    /// How long the answer to those is held back who are to come again later. Many of them come again at once, and would
    /// take the processors from everybody else.
    private static let pace = Duration.milliseconds(100)

    /// The answer.
    func response(requestID: String) -> Response {
        var members: [JSONValue.Member] = [
            .init(name: "type", value: "about:blank"),
            .init(name: "title", value: .string(code.status.reasonPhrase)),
            .init(name: "status", value: .number(code.status.code)),
            .init(name: "detail", value: .string(detail)),
            .init(name: "code", value: .string(code.rawValue)),
            .init(name: "request_id", value: .string(requestID)),
        ]
        switch faults {
        case .none: break
        case .body(let faults):
            // A JSON Pointer (RFC 6901) to the member.
            members.append(errors(faults) { ("pointer", $0.field.isEmpty ? "" : "/\($0.field)") })
        case .query(let faults): members.append(errors(faults) { ("parameter", $0.field) })
        }
        var response = Response(json: .object(members), status: code.status)
        response.headerFields[.contentType] = "application/problem+json"
        response.headerFields.append(contentsOf: headerFields)
        if code == .overloaded || code == .tooManyAttempts { response.delay = Self.pace }
        response.earliest = earliest
        return response
    }

    private func errors(
        _ faults: [InputFault], _ place: (InputFault) -> (name: String, value: String)
    ) -> JSONValue.Member {
        let values = faults.map { fault -> JSONValue in
            let (name, value) = place(fault)
            return .object([
                .init(name: name, value: .string(value)),
                .init(name: "code", value: .string(fault.code.rawValue)),
                .init(name: "detail", value: .string(fault.detail)),
            ])
        }
        return .init(name: "errors", value: .array(values))
    }
}

extension Response {
    /// An answer with a JSON body.
    init(json: JSONValue, status: HTTPResponse.Status = .ok) {
        self.init(status: status, headerFields: [.contentType: "application/json"], body: json.utf8)
    }

    /// An answer with a part of a list.
    init<Item>(page: Page<Item>, _ json: (Item) -> JSONValue) {
        self.init(json: [
            "data": .array(page.items.map(json)),
            "next_cursor": .string(orNull: page.next?.text),
            "previous_cursor": .string(orNull: page.previous?.text),
            "has_next_page": .bool(page.next != nil),
            "has_previous_page": .bool(page.previous != nil),
            "total_count": page.total.map { .number($0) } ?? .null,
        ])
    }

    /// The answer to what was done and leaves nothing to show.
    static var done: Response { Response(json: "ok") }
}
