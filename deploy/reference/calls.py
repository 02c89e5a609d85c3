"""The call of each operation, as one pastes it into a shell."""

import re
from urllib.parse import urlsplit

from words import json_text

# The page's own address takes its place where the script runs.
ORIGIN = "https://auth.example.org"
# These are for programs, and count attempts by client.
NAMING_CLIENTS = ("register", "logIn")


class Calls:
    def __init__(self, document, schemas):
        self.schemas = schemas
        # The page's own address goes before it.
        self.base = urlsplit(document["servers"][0]["url"]).path.rstrip("/")
        # Identifiers of examples, which belong together.
        self.examples = list(dict.fromkeys(
            text for operation in document["paths"].values() for text in schemas.strings(operation)))

    def example(self, parameter):
        pattern = re.compile(parameter["schema"]["pattern"])
        return next(text for text in self.examples if pattern.fullmatch(text))

    def path(self, path, operation):
        for parameter in map(self.schemas.resolve, operation["parameters"]):
            if parameter["in"] == "path":
                path = path.replace("{%s}" % parameter["name"], self.example(parameter))
        return self.base + path

    def variable(self, operation):
        """The variable of the shell that holds the credential; `None` if there is no need for one."""
        if not operation["security"]:
            return None
        # What is not for programs alone works with the session that one has after "Getting started".
        is_for_programs = operation["operationId"] in NAMING_CLIENTS
        return "API_TOKEN" if is_for_programs else "SESSION_TOKEN"

    def curl(self, path, method, operation):
        first = "curl"
        # The answer is in the header fields.
        if operation["operationId"] in ("logIn", "verify"):
            first += " -i"
        if method != "get":
            first += f" -X {method.upper()}"
        lines = [f'{first} "{ORIGIN}{self.path(path, operation)}"']
        variable = self.variable(operation)
        if variable:
            lines.append(f'-H "Authorization: Bearer ${variable}"')
        if operation["operationId"] in NAMING_CLIENTS:
            lines.append('-H "X-Client-Address: 203.0.113.7"')
        if "requestBody" in operation:
            body = json_text(operation["requestBody"]["content"]["application/json"]["example"], "  ")
            quoted = body.replace("'", "'\\''")
            lines += ['-H "Content-Type: application/json"', f"-d '{quoted}'"]
        return " \\\n  ".join(lines)
