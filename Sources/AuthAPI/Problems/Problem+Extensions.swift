import HTTP
import HTTPTypes
import Identity
import JSON

extension Problem {
    /// Members that the answers of some codes have beside those of all (RFC 9457, section 3.2).
    struct Extensions: Sendable {
        /// With `second_factor_required`: the token by which the login is finished.
        var loginToken: String?
        /// The ways to go on, the one used last first.
        var methods: [String]?
        /// With `second_factor_required`: the time at which the login is over.
        var expiresAt: Timestamp?
        /// With `reauthentication_required`: the age in seconds that is allowed.
        var maximumAge: Int?
        /// With `reauthentication_required`: the time of the last login or confirmation.
        var authenticatedAt: Timestamp?
        /// With `reauthentication_required`: the number of factors that are asked for.
        var factor: Int?

        static let members = Shape<Extensions> {
            Member(optional: "login_token", "With `second_factor_required`: the token to finish the login with.") {
                $0.loginToken
            }
            Member(
                optional: "methods",
                """
                With `second_factor_required` and `reauthentication_required`: the ways to go on, the one used last \
                first.
                """
            ) { $0.methods }
            Member(optional: "expires_at", "With `second_factor_required`: the time at which the login is over.") {
                $0.expiresAt
            }
            Member(optional: "max_age", "With `reauthentication_required`: the age in seconds that is allowed.") {
                $0.maximumAge
            }
            Member(
                optional: "authenticated_at",
                "With `reauthentication_required`: the time of the last login or confirmation."
            ) { $0.authenticatedAt }
            Member(optional: "factor", "With `reauthentication_required`: the number of factors that are asked for.") {
                $0.factor
            }
        }.members
    }

    static let secondFactorEnrolmentRequired = Problem(
        .secondFactorEnrolmentRequired, "A second factor is asked for, and the account has none: add one first.")

    /// The first step of a login is done, the second is asked for.
    static func secondFactorRequired(_ offer: PendingLogin.Offer) -> Problem {
        var problem = Problem(
            .secondFactorRequired, "The password is right. Finish the login with a second factor.",
            headerFields: challenge())
        problem.extensions = Extensions(
            loginToken: offer.token, methods: offer.methods.map(\.rawValue), expiresAt: offer.expiresAt)
        return problem
    }

    /// The session does not give the assurance that is asked for (RFC 9470, section 3). It stays as it is, and so does
    /// its cookie.
    static func reauthenticationRequired(_ request: Reauthentication) -> Problem {
        let age = request.maximumAge.map { ", max_age=\($0)" } ?? ""
        var problem = Problem(
            .reauthenticationRequired,
            request.needsSecondFactor
                ? "Confirm with a second factor first: POST /auth/confirm."
                : "The last login was too long ago: confirm first, with POST /auth/confirm.",
            headerFields: challenge(#", error="insufficient_user_authentication"\#(age)"#))
        problem.extensions = Extensions(
            methods: request.methods, maximumAge: request.maximumAge.map { Int($0) },
            authenticatedAt: request.authenticatedAt, factor: request.needsSecondFactor ? 2 : nil)
        return problem
    }
}
