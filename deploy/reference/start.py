"""The first steps, from an API token to the first login. A call of the kind `curl` is that of an operation."""

START = [
    {
        "title": "Get an API token",
        "text": """Your application calls Postern with an API token of its own. On the server, as the user that runs \
Postern, create an account for the application, and then the token, which is printed only once. Put the slug of your \
organization in place of `example`.

The calls below read the token from a variable of the shell. If you started Postern with `deploy/quickstart`, the token \
and the certificate to trust are ready.""",
        "calls": [
            ("caption", "On the server"),
            ("code", """postern account create --email app@example.org \\
  --organization example --role AppAdmin --no-password
postern token create --account app@example.org --name app \\
  --scope register --scope login --scope client-address \\
  --role-ceiling AppAdmin"""),
            ("caption", "In your shell"),
            ("code", "export API_TOKEN=pst_…"),
            ("caption", "Or, after `deploy/quickstart`, in its folder"),
            ("code", """. .postern/quickstart.env
export API_TOKEN CURL_CA_BUNDLE="$CA_CERTIFICATE\""""),
        ],
    },
    {
        "title": "Create an account",
        "text": """The answer is the new account, with its user in the organization of the token. Doing it again is \
answered `account_exists`.

`X-Client-Address` names the person's address, so that failed attempts are counted for each client apart. Your \
application takes it from the connection of the browser.""",
        "calls": [("curl", "register")],
    },
    {
        "title": "Log in",
        "text": """The answer is the account again, and the header field `Set-Cookie` with the token of a new session. \
An application hands that field on to the browser as it is, and the browser sends the cookie with each request.

To go on in the shell, copy the cookie's value, from `pss_` up to the semicolon.""",
        "calls": [("curl", "logIn"), ("caption", "With the value from your answer"), ("code", "export SESSION_TOKEN=pss_…")],
    },
    {
        "title": "Check the session",
        "text": """The status is 204 as long as the session lasts, and the header fields `X-Auth-…` tell who it is. After \
its end, the answer is 401.

A web server can ask this before each request, so that an application behind it needs no code for it.""",
        "calls": [("curl", "verify")],
    },
    {
        "title": "Log out",
        "text": """The session ends at once, in every process. An application sends its API token and the cookie of the \
browser instead, and hands `Set-Cookie` on, which removes the cookie.""",
        "calls": [("curl", "logOut")],
    },
]
