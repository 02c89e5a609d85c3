"""Prints a credential and an assertion of soft-webauthn, made from our options.

usage: make-soft.py OPTIONS
"""

import base64
import json
import sys

from soft_webauthn import SoftWebauthnDevice

ORIGIN = "https://auth.example.test"


def decoded(text):
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def encoded(data):
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


def answer(credential):
    """The JSON that a browser makes of a credential."""
    response = {name: encoded(value) for name, value in credential["response"].items()}
    identifier = encoded(credential["rawId"])
    return {
        "id": identifier, "rawId": identifier, "type": credential["type"], "response": response,
        "clientExtensionResults": {}}


def main():
    _, security_key, second_factor, _ = [json.loads(line) for line in open(sys.argv[1], encoding="utf-8")]
    device = SoftWebauthnDevice()
    security_key["challenge"] = decoded(security_key["challenge"])
    security_key["user"]["id"] = decoded(security_key["user"]["id"])
    registration = answer(device.create({"publicKey": security_key}, ORIGIN))
    second_factor["challenge"] = decoded(second_factor["challenge"])
    assertion = answer(device.get({"publicKey": second_factor}, ORIGIN))
    json.dump({"registration": registration, "assertion": assertion}, sys.stdout)


main()
