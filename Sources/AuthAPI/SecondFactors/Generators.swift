import HTTP
import HTTPTypes
import Identity
import JSON

private let generatorID = Field<Identifier<Factor>>(
    "id", .identifier(of: Factor.self), example: Example.factor, isRequired: true)
private let code = Field<String>(
    "code", .string, "Six digits; spaces count for nothing.", example: "287082", isRequired: true)
private let confirmation = Body("GeneratorConfirmation", [generatorID, code])

extension Endpoint {
    static let beginGenerator = Endpoint(
        .post, "/account/factor/totp", .session, permits: .secondFactorEnrolment, freshness: .byChange,
        id: "beginGenerator",
        in: .ownAccount, "Begin to set up an authenticator app",
        """
        Makes the secret of a generator of one-time codes (TOTP, RFC 6238: SHA-1, six digits, 30 seconds), which only \
        this answer shows. It counts for nothing until a code of it confirms it, within ten minutes; a set-up that was \
        begun before is given up. Show `otpauth_uri` as a QR code. The session must be fresh (`high`).
        """,
        status: .created, answer: "The generator.", problems: [.conflict, .reauthenticationRequired]
    ) { api, call in ShownGenerator(begun: try api.service.beginGenerator(by: call.caller)) }

    static let confirmGenerator = Endpoint(
        .post, "/account/factor/totp/confirm", .session, permits: .secondFactorEnrolment, freshness: .byChange,
        id: "confirmGenerator",
        in: .ownAccount, "Confirm an authenticator app",
        """
        Takes a code that the app shows, which counts as used: the next login takes a later one. The first factor of \
        an account ends its other sessions, and brings recovery codes. The session must be fresh (`high`).
        """,
        body: confirmation, answer: "The factor.",
        problems: [.notFound, .conflict, .invalidCredentials, .reauthenticationRequired]
    ) { api, call in
        var form = try call.form(confirmation)
        let (id, code) = (form[generatorID], form[code])
        var faults = form.faults
        if id == nil { faults.noteMissing("id") }
        if code == nil { faults.noteMissing("code") }
        guard faults.isEmpty, let id, let code else { throw Problem.invalidInput(faults) }
        let added = try api.loggingProof(call, answering: .totp) { () throws(AuthenticationError) in
            try api.service.confirmGenerator(id, code: code, by: call.caller)
        }
        return AddedFactor(factor: added.factor, recoveryCodes: added.recoveryCodes)
    }
}

/// A generator as it is shown once.
private struct ShownGenerator: Shaped {
    let begun: BegunGenerator

    static let shape = Shape<ShownGenerator>("NewGenerator") {
        Member("id", Example.factor, "The identifier of the factor that it becomes.") { $0.begun.id }
        Member("secret", .string(exampleSecret), "The secret in Base32, for people who cannot scan it.") {
            $0.begun.secret
        }
        Member(
            "otpauth_uri",
            .string(
                "otpauth://totp/auth.example.org:sasha%40auroralabs.com?secret=\(exampleSecret)"
                    + "&issuer=auth.example.org&algorithm=SHA1&digits=6&period=30"),
            "The address that authenticator apps take, mostly as a QR code."
        ) { $0.begun.uri }
        Member("expires_at", Example.moment, "The time until which it has to be confirmed.") { $0.begun.expiresAt }
    }

    /// The secret of RFC 6238, appendix B.
    private static let exampleSecret = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"
}
