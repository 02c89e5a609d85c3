import Identity

/// The freshness that an endpoint asks of a session (`Freshness`).
enum FreshnessDemand: Sendable, Equatable {
    /// None.
    case none
    /// A level, unless the installation's freshness is off.
    case level(Freshness)
    /// A level, also if the installation's freshness is off: of factors and of the email address.
    case always(Freshness)
    /// A level that depends on the change: the operation asks for it, behind its checks of permission.
    case byChange
}

extension AuthAPI {
    /// Requires the freshness that an endpoint asks for.
    func require(_ demand: FreshnessDemand, of principal: Principal, _ exchange: Exchange) throws(Problem) {
        do throws(AuthenticationError) {
            switch demand {
            case .none, .byChange: return
            case .level(let level): try service.require(level, of: principal)
            case .always(let level): try service.require(level, isAlways: true, of: principal)
            }
        } catch {
            throw problem(error, requestID: exchange.id)
        }
    }
}
