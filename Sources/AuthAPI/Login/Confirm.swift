import HTTP
import HTTPTypes
import Identity
import JSON

/// The ways to confirm a session.
private enum ConfirmingMethod: String, CaseIterable, InputValue, JSONForm {
    case password
    case totp
    case recoveryCode = "recovery_code"
    case passkey

    init(input text: String) throws(ValueFault) {
        guard let method = Self(named: text) else {
            throw ValueFault(.outOfRange, "A method is password, totp, recovery_code or passkey.")
        }
        self = method
    }
}

private let method = Field<ConfirmingMethod>(
    "method", ConfirmingMethod.schema, "A second factor where the account has one, else `password`.",
    example: "password", isRequired: true)
private let password = Field<Password>(
    "password", .string(format: "password"), "With `password`.", example: "northern lights over tromso")
private let code = Field<String>("code", .string, "With `totp` and `recovery_code`.")
private let credential = Field<WebAuthn.AuthenticationResponse>(
    "credential", .object(), "With `passkey`: the answer to the options, as `PublicKeyCredential.toJSON()` makes it.")
private let confirmation = Body("Confirmation", [method, password, code, credential])

extension Endpoint {
    static let confirmationOptions = Endpoint(
        .post, "/auth/confirm/options", .session, permits: .all, id: "getConfirmationOptions", in: .authentication,
        "Begin to confirm with a passkey",
        """
        The answer is for `PublicKeyCredential.parseRequestOptionsFromJSON()`. Its challenge is good for five minutes, \
        and for one answer.
        """,
        response: DescribedAnswer(
            "The options of an assertion.", .requestOptions,
            example: [
                "challenge": "8mZ0tQb3c1yJr5oV6kXwEhLqTn2aSgUdFiPpCvBx9Yw", "timeout": 300_000,
                "rpId": "auth.auroralabs.com",
                "allowCredentials": [["type": "public-key", "id": "sL39APyTmisrjh11vghaqNfuruLQmCfR0c1ryKtaQ81jkEhN"]],
                "userVerification": "preferred",
            ]),
        problems: [.notFound]
    ) { api, call in
        Response(json: try api.service.confirmationOptions(for: call.caller).json.utf8)
    }

    static let confirm = Endpoint(
        .post, "/auth/confirm", .session, permits: .all, id: "confirm", in: .authentication, "Confirm the session",
        """
        Proves once more who the session's holder is, for operations that ask for a recent login \
        (`reauthentication_required`). The session gets another token, which comes in the cookie, also if the old one \
        was sent as bearer token. The old one no longer counts.
        """,
        body: confirmation,
        response: DescribedAnswer(
            ConfirmedUntil.self, "The session is confirmed, and has the token of the cookie.",
            headers: [.sessionCookie]),
        problems: [.invalidCredentials, .notFound]
    ) { api, call in
        guard let token = Credential(of: call.request, api.settings.cookie).token else { throw Problem.needsSession }
        let answer = try call.confirmingAnswer()
        let confirmed = try api.loggingProof(call, answering: answer.secondFactor) { () throws(AuthenticationError) in
            try api.service.confirm(answer, presenting: token, by: call.caller)
        }
        let moment = confirmed.authentication.authenticatedAt
        var response = Response(ConfirmedUntil(authenticatedAt: moment, policy: api.service.freshness))
        response.headerFields[.setCookie] = api.settings.cookie.setting(confirmed.token.text)
        return response
    }
}

extension Exchange {
    /// The answer in the body, whose method has its member.
    fileprivate func confirmingAnswer() throws(Problem) -> ConfirmingAnswer {
        var form = try form(confirmation)
        let (method, password, code) = (form[method], form[password], form[code])
        let assertion = form[credential]
        var faults = form.faults
        switch (method, password, code, assertion) {
        case (.password, let password?, _, _) where faults.isEmpty: return .password(password)
        case (.totp, _, let code?, _) where faults.isEmpty: return .totp(code)
        case (.recoveryCode, _, let code?, _) where faults.isEmpty: return .recoveryCode(code)
        case (.passkey, _, _, let assertion?) where faults.isEmpty: return .passkey(assertion)
        case (.password, _, _, _): faults.noteMissing("password")
        case (.totp, _, _, _), (.recoveryCode, _, _, _): faults.noteMissing("code")
        case (.passkey, _, _, _): faults.noteMissing("credential")
        case (nil, _, _, _): faults.noteMissing("method")
        }
        throw .invalidInput(faults)
    }
}

/// The moment of a confirmation, and the moments until which it does for each level.
private struct ConfirmedUntil: Shaped {
    let authenticatedAt: Timestamp
    let policy: FreshnessPolicy

    static let shape = Shape<ConfirmedUntil> {
        Member("authenticated_at", Example.moment) { $0.authenticatedAt }
        Member("fresh_until", FreshUntil.shape.example, "The end of each level of freshness.") {
            FreshUntil(authenticatedAt: $0.authenticatedAt, policy: $0.policy)
        }
    }
}

private struct FreshUntil: Shaped {
    let authenticatedAt: Timestamp
    let policy: FreshnessPolicy

    func end(_ level: Freshness) -> Timestamp { authenticatedAt + policy.maximumAge(level) }

    static let shape = Shape<FreshUntil> {
        Member("low", "2026-02-09T14:12:45Z") { $0.end(.low) }
        Member("medium", "2026-02-08T15:12:45Z") { $0.end(.medium) }
        Member("high", "2026-02-08T14:27:45Z") { $0.end(.high) }
    }
}
