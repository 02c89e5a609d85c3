import HTTP
import HTTPTypes
import Identity
import JSON

private let name = Field<String>(
    "name", .name(mayBeBlank: false), "The purpose of the token.", example: "app", isRequired: true)
private let scopes = Field<[Scope]>(
    "scopes", .array(of: Scope.schema, atMost: Fields.maximumItems), "No scope that the caller lacks.",
    example: ["register", "login"], isRequired: true)
private let roleCeiling = Field<Role>(
    "role_ceiling", Role.schema,
    """
    The highest role of the account that counts for the token, at most the caller's own; a role in an organization \
    drops all roles on the installation. The default is `AppMember`; with the scope `accounts:write` it is `AppAdmin`, \
    with `admin` the caller's highest role, and never more than that.
    """, example: "AppAdmin")
private let validUntil = Field<Timestamp>(
    "valid_until", .moment,
    """
    A moment in the future as RFC 3339 has it, such as `2027-01-31T00:00:00Z` or `2027-01-31T01:00:00+01:00`; null for \
    the latest that is allowed.
    """, example: "2127-01-31T00:00:00Z")
private let revokesExisting = Field<Bool>(
    "revoke_existing", .boolean, "Whether all other tokens of the account in the organization end.")
private let request = Body("APITokenRequest", [name, scopes, roleCeiling, validUntil, revokesExisting])

extension Endpoint {
    static let createAPIToken = Endpoint(
        .post, "/account/token", .scope(.tokens), freshness: .level(.high), id: "createToken", in: .ownAccount,
        "Create an API token",
        """
        Only this answer shows the token itself. A token gets no scope that its maker lacks, and no ceiling above its \
        maker's roles. Without `valid_until` it is valid for as long as the installation and the end of its maker \
        allow.
        """,
        body: request, status: .created,
        answer: DescribedAnswer(
            "The new token.",
            example: ShownAPIToken.shape.example(with: "token", "pst_3kTMd92qPz7Lw1Xb8RfVn5GyHc4JsA6uEo0ZiQvKtNmY1s"),
            links: [DescribedAnswer.Link(operation: "revokeToken", parameter: ("hash", "/hashed_token"))]),
        problems: [.insufficientScope, .roleNotGrantable]
    ) { api, call in
        var form = try call.form(request)
        let tokenForm = try APITokenForm(
            name: form[name], scopes: form[scopes], roleCeiling: form[roleCeiling], validUntil: form[validUntil],
            revokesExisting: form[revokesExisting] ?? false, faults: form.faults)
        let made = try api.service.createAPIToken(tokenForm, by: call.caller)
        return ShownAPIToken(record: made.record, token: made.token)
    }
}
