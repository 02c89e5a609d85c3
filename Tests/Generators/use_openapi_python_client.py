"""Registers, logs in, verifies and logs out with the client that openapi-python-client makes.

usage: use_openapi_python_client.py URL CERTIFICATE TOKEN
"""

import re
import ssl
import sys

from python_client import AuthenticatedClient
from python_client.api.authentication import get_current_session, log_in, log_out, register, verify
from python_client.models import Credentials, Problem, Registration

url, certificate, token = sys.argv[1:]


def client(credential):
    return AuthenticatedClient(
        base_url=url, token=credential, verify_ssl=ssl.create_default_context(cafile=certificate))


program = client(token)
email, password = "client@example.test", "a generated passphrase"
account = register.sync(client=program, body=Registration(email=email, password=password))
assert account.email == email and account.users[0].created_at.tzinfo is not None

login = log_in.sync_detailed(client=program, body=Credentials(email=email, password=password))
assert login.parsed.id == account.id
session = re.match(r"[^=]*=([^;]*)", login.headers["set-cookie"]).group(1)

person = client(session)
assert verify.sync_detailed(client=person).headers["x-auth-account"] == account.id
current = get_current_session.sync(client=person)
assert current.account.id == account.id and current.credential.kind == "session" and current.credential.expires_at
assert log_out.sync(client=person) == "ok"
ended = verify.sync_detailed(client=person)
assert ended.status_code == 401 and isinstance(ended.parsed, Problem) and ended.parsed.code == "invalid_token"
