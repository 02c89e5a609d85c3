import HTTP
import HTTPTypes
import Identity
import JSON

extension Endpoint {
    static let exportOwnAccount = Endpoint(
        .get, "/account/me/export", .session, freshness: .byChange, id: "exportOwnAccount", in: .ownAccount,
        "Read all that is kept of you",
        """
        The account, its users, sessions, API tokens, second factors and trusted devices, and the newest \
        \(AccountExport.mostEvents) entries of the audit log about the account or by it; no secret. The session must \
        be fresh (`high`).
        """,
        answer: "All of it.", problems: [.notFound, .reauthenticationRequired]
    ) { api, call in
        ShownExport(export: try api.service.exportOwnAccount(by: call.caller), own: try call.principal().credentialID)
    }

    static let eraseOwnAccount = Endpoint(
        .delete, "/account/me", .session, freshness: .byChange, id: "eraseOwnAccount", in: .ownAccount,
        "Erase your account",
        """
        Erases the account with all that belongs to it, which cannot be undone. The audit log keeps its identifier, \
        but not its email address. The last owner of an organization stays. The session must be fresh (`high`).
        """,
        response: DescribedAnswer(Done.self, "The account is erased.", headers: [.endedCookie]),
        problems: [.notFound, .conflict, .reauthenticationRequired]
    ) { api, call in
        try api.service.eraseOwnAccount(by: call.caller)
        return api.done(clearingCookie: true)
    }
}

private struct ShownExport: Shaped {
    let export: AccountExport
    /// The credential that asks.
    let own: CredentialID

    static let shape = Shape<ShownExport>("AccountExport") {
        Member("exported_at", Example.moment) { $0.export.time }
        Member("account", KeptAccount.shape.example) { KeptAccount(account: $0.export.account) }
        Member("sessions", [ShownSession.shape.example]) { shown in
            shown.export.sessions.map { ShownSession(session: $0, isCurrent: .session($0.id) == shown.own) }
        }
        Member("api_tokens", []) { $0.export.apiTokens.map { ShownAPIToken(record: $0) } }
        Member("factors", [Factor.shape.example]) { $0.export.factors.factors }
        Member("recovery_codes_left", 10) { $0.export.factors.recoveryCodesLeft }
        Member("trusted_devices", []) { $0.export.devices }
        Member("audit_events", [AuditEvent.shape.example]) { $0.export.events }
        Member("has_all_audit_events", true) { $0.export.hasAllEvents }
    }
}

/// An account with all that is kept of it.
private struct KeptAccount: Shaped {
    let account: Account

    static let shape = Shape<KeptAccount> {
        Account.shape.members.map { $0.of { $0.account } }
        Member("state", "Active") { $0.account.state }
        Member("must_change_password", false) { $0.account.mustChangePassword }
        Member("home", Example.organization, "The organization in which it was made.") { $0.account.home }
        Member("created_at", Example.moment) { $0.account.createdAt }
        Member("external_id", .null, "The identifier in the system that it was imported from.") {
            $0.account.externalID
        }
    }
}
