import Gateway
import HTTPTypes
import Identity

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
        case crossOrigin = "cross_origin"
        case notFound = "not_found"
        case methodNotAllowed = "method_not_allowed"
        case accountExists = "account_exists"
        case payloadTooLarge = "payload_too_large"
        case unsupportedMediaType = "unsupported_media_type"
        case `internal`
        case overloaded
        case unavailable

        /// The status that the code always goes with.
        var status: HTTPResponse.Status {
            switch self {
            case .malformedJSON, .invalidRequest: .badRequest
            case .unauthenticated, .invalidToken, .invalidCredentials: .unauthorized
            case .insufficientScope, .forbidden, .roleNotGrantable, .accountInactive, .crossOrigin: .forbidden
            case .notFound: .notFound
            case .methodNotAllowed: .methodNotAllowed
            case .accountExists: .conflict
            case .payloadTooLarge: .contentTooLarge
            case .unsupportedMediaType: .unsupportedMediaType
            case .internal: .internalServerError
            case .overloaded, .unavailable: .serviceUnavailable
            }
        }
    }

    /// The code.
    let code: Code
    /// What happened, in words for whoever sent the request.
    let detail: String
    /// What is wrong in the body, for `invalid_request`.
    let faults: [InputFault]
    /// Header fields that go with the answer.
    let headerFields: HTTPFields

    init(_ code: Code, _ detail: String, faults: [InputFault] = [], headerFields: HTTPFields = [:]) {
        self.code = code
        self.detail = detail
        self.faults = faults
        self.headerFields = headerFields
    }

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
        if !faults.isEmpty {
            members.append(.init(name: "errors", value: .array(faults.map(\.json))))
        }
        var response = Response(json: .object(members), status: code.status)
        response.head.headerFields[.contentType] = "application/problem+json"
        for field in headerFields { response.head.headerFields.append(field) }
        return response
    }
}

extension InputFault {
    /// The fault with a JSON Pointer (RFC 6901) to the member.
    fileprivate var json: JSONValue {
        [
            "pointer": .string(field.isEmpty ? "" : "/\(field)"),
            "code": .string(code.rawValue),
            "detail": .string(detail),
        ]
    }
}

extension Response {
    /// An answer with a JSON body.
    init(json: JSONValue, status: HTTPResponse.Status = .ok) {
        self.init(status: status, headerFields: [.contentType: "application/json"], body: json.utf8)
    }
}
