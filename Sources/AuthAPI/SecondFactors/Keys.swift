import HTTP
import HTTPTypes
import Identity
import JSON

private let usage = Field<WebAuthn.Usage>(
    "usage", .choice(WebAuthn.Usage.self),
    """
    `passkey` logs in by itself: the authenticator keeps it, and verifies its user. `security_key` is for use behind a \
    password. The default is `passkey`.
    """, example: "passkey")
private let request = Body("KeyRequest", [usage])
private let credential = Field<WebAuthn.RegistrationResponse>(
    "credential", .object(), "The browser's answer to the options, as `PublicKeyCredential.toJSON()` makes it.",
    example: [
        "id": "…", "rawId": "…", "type": "public-key",
        "response": ["clientDataJSON": "…", "attestationObject": "…", "transports": ["internal"]],
    ], isRequired: true)
private let name = Field<String>(
    "name", .factorName(mayBeBlank: true), "The default names the kind.", example: "Phone")
private let registration = Body("KeyRegistration", [credential, name])

extension Endpoint {
    static let registrationOptions = Endpoint(
        .post, "/account/factor/passkey/options", .session, permits: .secondFactorEnrolment, freshness: .byChange,
        id: "getRegistrationOptions", in: .ownAccount, "Ask for the options of a new passkey or security key",
        """
        They are as `PublicKeyCredential.parseCreationOptionsFromJSON()` takes them, for one answer within five \
        minutes. The session must be fresh (`high`). It needs an address of the installation for browsers \
        (`POSTERN_PUBLIC_URL`), and is not found without one.
        """,
        body: request,
        response: DescribedAnswer(
            "The options.", .object(),
            example: ["challenge": "…", "rp": ["id": "auth.example.org"], "timeout": 300_000]),
        problems: [.notFound, .conflict, .reauthenticationRequired]
    ) { api, call in
        var form = try call.form(request)
        let usage = form[usage]
        guard form.faults.isEmpty else { throw Problem.invalidInput(form.faults) }
        let options = try api.service.registrationOptions(for: usage ?? .passkey, by: call.caller)
        return Response(json: options.json.utf8)
    }

    static let registerKey = Endpoint(
        .post, "/account/factor/passkey", .session, permits: .secondFactorEnrolment, freshness: .byChange,
        id: "registerKey",
        in: .ownAccount, "Add a passkey or security key",
        """
        Takes the browser's answer to the options that the session was given last. The first factor of an account ends \
        its other sessions, and brings recovery codes. The session must be fresh (`high`).
        """,
        body: registration, status: .created, answer: "The factor.",
        problems: [.notFound, .conflict, .reauthenticationRequired]
    ) { api, call in
        var form = try call.form(registration)
        let (credential, name) = (form[credential], form[name])
        let added = try api.service.register(credential, name: name, faults: form.faults, by: call.caller)
        return AddedFactor(factor: added.factor, recoveryCodes: added.recoveryCodes)
    }
}

extension WebAuthn.Usage: InputValue {
    init(input text: String) throws(ValueFault) {
        guard let usage = Self(named: text) else {
            throw ValueFault(.outOfRange, "A usage is passkey or security_key.")
        }
        self = usage
    }
}

extension WebAuthn.RegistrationResponse: FieldValue {
    static func read(_ name: String, from fields: inout Fields) -> Self? {
        fields.object(name, InputFault(name, .invalidFormat, "This is not an answer to creation options.")) {
            node, text in
            try? Self(node, in: text)
        }
    }
}
