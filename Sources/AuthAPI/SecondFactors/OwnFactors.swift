import HTTP
import HTTPTypes
import Identity
import JSON

private let factorID = PathParameter(of: Factor.self)
private let name = Field<String>(
    "name", .factorName(mayBeBlank: false), example: "Work phone", isRequired: true)
private let change = Body("FactorChange", changes: Factor.shape, [name])

extension Endpoint {
    static let ownFactors = Endpoint(
        .get, "/account/factor", .session, permits: .secondFactorEnrolment, id: "listOwnFactors", in: .ownAccount,
        "List your second factors", "Lists them with the number of recovery codes that are left.",
        answer: "The factors.", problems: [.notFound]
    ) { api, call in ShownFactors(own: try api.service.ownFactors(of: call.caller)) }

    static let renameOwnFactor = Endpoint(
        .put, "/account/factor/\(factorID)", .session, permits: .secondFactorEnrolment, id: "renameOwnFactor",
        in: .ownAccount, "Give one of your second factors another name", body: change,
        answer: "The factor as it is now."
    ) { api, call in
        let id = try call[factorID]
        var form = try call.form(change)
        let name = form[name]
        return try api.service.renameFactor(id, to: name, faults: form.faults, by: call.caller)
    }

    static let removeOwnFactor = Endpoint(
        .delete, "/account/factor/\(factorID)", .session, permits: .secondFactorEnrolment, freshness: .byChange,
        id: "removeOwnFactor",
        in: .ownAccount, "Remove one of your second factors",
        """
        Logins that wait for a second factor end, and so does the trust in browsers. The recovery codes go with the \
        last factor, which stays where a policy asks for one. The session must be fresh (`high`).
        """,
        answer: "The factor is asked for no more.", problems: [.conflict, .reauthenticationRequired]
    ) { api, call in
        try api.service.removeFactor(call[factorID], by: call.caller)
        return Done()
    }

    static let renewRecoveryCodes = Endpoint(
        .post, "/account/factor/recovery-codes", .session, permits: .secondFactorEnrolment, freshness: .byChange,
        id: "renewRecoveryCodes",
        in: .ownAccount, "Make new recovery codes",
        """
        Makes ten codes for an account with a second factor, which only this answer shows. The old ones are void. The \
        session must be fresh (`high`).
        """,
        answer: "The codes. Each serves once, in place of a factor that is lost.",
        problems: [.conflict, .reauthenticationRequired]
    ) { api, call in ShownRecoveryCodes(codes: try api.service.renewRecoveryCodes(by: call.caller)) }
}

extension Schema {
    /// A name of a factor.
    static func factorName(mayBeBlank: Bool) -> Schema {
        name(mayBeBlank: mayBeBlank).with("maxLength", .number(Factor.maximumNameLength))
    }
}
