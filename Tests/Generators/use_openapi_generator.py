"""Registers, logs in, verifies and logs out with the client that openapi-generator makes.

usage: use_openapi_generator.py URL CERTIFICATE TOKEN
"""

import re
import sys

import generator_client
from generator_client.api.authentication_api import AuthenticationApi

url, certificate, token = sys.argv[1:]


def api(credential):
    configuration = generator_client.Configuration(host=url, access_token=credential, ssl_ca_cert=certificate)
    return AuthenticationApi(generator_client.ApiClient(configuration))


program = api(token)
email, password = "generator@example.test", "a generated passphrase"
account = program.register(generator_client.Registration(email=email, password=password))
assert account.email == email and account.users[0].created_at.tzinfo is not None

login = program.log_in_with_http_info(generator_client.Credentials(email=email, password=password))
assert login.data.id == account.id
session = re.match(r"[^=]*=([^;]*)", login.headers["Set-Cookie"]).group(1)

person = api(session)
assert person.verify_with_http_info().headers["X-Auth-Account"] == account.id
current = person.get_current_session()
assert current.account.id == account.id and current.credential.kind == "session" and current.credential.expires_at
assert person.log_out() == "ok"
try:
    person.verify()
    sys.exit("the session has not ended")
except generator_client.ApiException as error:
    assert error.status == 401
