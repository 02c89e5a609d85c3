import HTTP
import HTTPTypes

extension Problem {
    /// The stable codes, for programs.
    enum Code: String, Sendable, CaseIterable {
        case malformedJSON = "malformed_json"
        case invalidRequest = "invalid_request"
        case unauthenticated
        case invalidToken = "invalid_token"
        case invalidCredentials = "invalid_credentials"
        case secondFactorRequired = "second_factor_required"
        case loginExpired = "login_expired"
        case reauthenticationRequired = "reauthentication_required"
        case insufficientScope = "insufficient_scope"
        case forbidden
        case roleNotGrantable = "role_not_grantable"
        case accountInactive = "account_inactive"
        case passwordChangeRequired = "password_change_required"
        case secondFactorEnrolmentRequired = "second_factor_enrolment_required"
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
            case .unauthenticated, .invalidToken, .invalidCredentials, .secondFactorRequired, .loginExpired,
                .reauthenticationRequired:
                .unauthorized
            case .insufficientScope, .forbidden, .roleNotGrantable, .accountInactive, .passwordChangeRequired,
                .secondFactorEnrolmentRequired, .crossOrigin:
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
}
