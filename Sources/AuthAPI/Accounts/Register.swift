import HTTP
import HTTPTypes
import Identity
import JSON

private let email = Field<EmailAddress>(
    "email", .string(format: "email", maxLength: EmailAddress.maximumLength),
    """
    Unique: upper and lower case (Unicode case folding after Normalization Form C) and the two spellings of an \
    internationalized domain make no difference. White space around it is removed. Letters beyond ASCII are allowed; \
    quoted local parts and IP addresses are not. It may have 254 bytes in UTF-8, so beyond ASCII fewer characters.
    """, example: Example.email, isRequired: true)
private let password = Field<Password>(newPassword: "password", example: "northern lights", isRequired: true)
private let roles = Field<[Role]>(
    "roles", .someRoles, "The default is `AppMember`. No role may be above those of the credential.",
    example: Example.roles)
private let name = Field<String>(
    "name", .name(mayBeBlank: true), "The default is given and family name, else the part of the address before `@`.",
    example: "Sasha Patel")
private let givenName = Field<String>("given_name", .name(mayBeBlank: true), example: "Sasha")
private let familyName = Field<String>("family_name", .name(mayBeBlank: true), example: "Patel")
private let registration = Body("Registration", [email, password, roles, name, givenName, familyName])

extension Endpoint {
    static let register = Endpoint(
        .post, "/auth/register", .scope(.register), freshness: .level(.high), id: "register", in: .authentication,
        "Create an account",
        """
        Creates an account with email and password, and its user in the token's organization. Both are on disk before \
        the answer is sent.

        ```sh
        curl -X POST "https://{BASE_URL}/api/v1/auth/register" \\
          -H "Authorization: Bearer {API_TOKEN}" \\
          -H "Content-Type: application/json" \\
          -d '{
            "email": "{username}",
            "password": "{password}",
            "roles": ["AppAdmin"]
          }'
        ```
        """,
        body: registration,
        answer: DescribedAnswer(
            "The new account.",
            links: [DescribedAnswer.Link(operation: "logIn", resendsBody: true)]
                + ["getAccount", "updateAccount", "resetPassword", "eraseAccount"].map {
                    DescribedAnswer.Link(operation: $0, parameter: ("id", "/id"))
                }
                + ["getUser", "updateUser", "deactivateUser", "activateUser"].map {
                    DescribedAnswer.Link(operation: $0, parameter: ("id", "/users/0/id"))
                }),
        problems: [.accountExists, .roleNotGrantable]
    ) { api, call in
        var form = try call.form(registration)
        let registration = try RegistrationForm(
            email: form[email], password: form[password], roles: form[roles] ?? [], name: form[name],
            givenName: form[givenName], familyName: form[familyName], policy: api.service.passwordPolicy,
            faults: form.faults)
        try api.warnOfUnknownClient(call)
        return try api.service.register(registration, by: call.caller)
    }
}
