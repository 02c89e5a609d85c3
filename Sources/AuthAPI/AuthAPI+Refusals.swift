import HTTP
import HTTPTypes
import Identity

extension AuthAPI {
    /// Enters a refusal with 403 or 429 in the audit log. The answer does not depend on it: a failure is logged and
    /// counted.
    func noteRefusal(_ code: Problem.Code, of exchange: Exchange) {
        guard let kind = Refusal.Kind(code) else { return }
        let route = exchange.route?.endpoint.key ?? "\(exchange.request.role)"
        do throws(AuthenticationError) {
            try service.note(Refusal(kind, code: code.rawValue, route: route), by: exchange.caller)
        } catch {
            _ = problem(error, requestID: exchange.id)
        }
    }
}

extension Refusal.Kind {
    /// The kind of refusal that a problem is; `nil` for none, or if the operation has an entry of its own.
    fileprivate init?(_ code: Problem.Code) {
        switch code.status {
        case .forbidden where code != .accountInactive: self = .forbidden
        case .tooManyRequests: self = .throttled
        default: return nil
        }
    }
}
