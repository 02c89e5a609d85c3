"""Prints answers to our options, and the verdict of two libraries on each.

usage: make-recorded.py OPTIONS SOFT

Each record has what was changed in a good answer, and whether it is to be accepted. It stops where a library has
another opinion, but for the changes that it is known to pass over.
"""

import base64
import json
import sys

import webauthn
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa
from fido2 import cbor
from fido2.cose import ES256, ES384, RS256, EdDSA
from fido2.server import Fido2Server
from fido2.utils import sha256
from fido2.webauthn import (
    Aaguid, AttestationObject, AttestedCredentialData, AuthenticatorData, CollectedClientData,
    PublicKeyCredentialCreationOptions, PublicKeyCredentialRequestOptions, PublicKeyCredentialRpEntity)

ORIGIN = "https://auth.example.test"
RP = "auth.example.test"
UP, UV, BE, BS, AT, ED = 1, 4, 8, 16, 64, 128
BOTH = ("fido2", "webauthn")


def decoded(text):
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def encoded(data):
    return base64.urlsafe_b64encode(bytes(data)).decode().rstrip("=")


class Key:
    """A key of one algorithm, and its credential."""

    def __init__(self, name):
        self.name = name
        if name in ("ES256", "ES384"):
            self.private = ec.generate_private_key(ec.SECP256R1() if name == "ES256" else ec.SECP384R1())
        elif name == "EdDSA":
            self.private = ed25519.Ed25519PrivateKey.generate()
        else:
            self.private = rsa.generate_private_key(65537, int(name[6:] or 2048))
        kind = {"ES256": ES256, "ES384": ES384, "EdDSA": EdDSA}.get(name, RS256)
        self.cose = kind.from_cryptography_key(self.private.public_key())
        self.id = sha256(cbor.encode(dict(self.cose)))

    def sign(self, message):
        if self.name == "EdDSA":
            return self.private.sign(message)
        if self.name.startswith("ES"):
            return self.private.sign(message, ec.ECDSA(hashes.SHA256()))
        return self.private.sign(message, padding.PKCS1v15(), hashes.SHA256())


def client_data(kind, challenge, changes):
    data = {"type": kind, "challenge": challenge, "origin": ORIGIN, "crossOrigin": False}
    data.update(changes.get("client", {}))
    return json.dumps(data).encode()


def answer(key, response):
    identifier = encoded(key.id)
    return {
        "id": identifier, "rawId": identifier, "type": "public-key", "clientExtensionResults": {},
        "response": {name: encoded(value) for name, value in response.items()}}


def authenticator_data(key, changes, with_credential):
    flags = changes.get("flags", UP | UV) | (AT if with_credential else 0)
    credential = AttestedCredentialData.create(Aaguid(bytes(16)), key.id, key.cose) if with_credential else b""
    extensions = changes.get("extensions")
    data = AuthenticatorData.create(
        sha256(changes.get("rp", RP).encode()), flags | (ED if extensions else 0), changes.get("counter", 0),
        credential, extensions)
    return bytes(data) + changes.get("trailer", b"")


def registration(key, options, changes):
    client = client_data("webauthn.create", options["challenge"], changes)
    data = authenticator_data(key, changes, True)
    if "key" in changes:
        data = data.replace(cbor.encode(dict(key.cose)), changes["key"](cbor.encode(dict(key.cose))))
    statement = {}
    if changes.get("format") == "packed":
        message = data + sha256(client) + changes.get("signed", b"")
        statement = {"alg": key.cose[3], "sig": key.sign(message)}
    statement = changes.get("statement", statement)
    encoded_object = cbor.encode({"fmt": changes.get("format", "none"), "attStmt": statement, "authData": data})
    encoded_object = changes.get("object", lambda text: text)(encoded_object)
    return answer(key, {"clientDataJSON": client, "attestationObject": encoded_object})


def assertion(key, options, changes):
    client = client_data("webauthn.get", options["challenge"], changes)
    data = authenticator_data(key, changes, False)
    signature = changes.get("signer", key).sign(data + sha256(client))
    signature = changes.get("signature", lambda text: text)(signature)
    data = changes.get("unsigned", lambda text: text)(data)
    user = decoded(CREATION["user"]["id"])
    return answer(
        key, {"clientDataJSON": client, "authenticatorData": data, "signature": signature, "userHandle": user})


def flipped(position):
    def change(text):
        text = bytearray(text)
        text[position] ^= 1
        return bytes(text)
    return change


# What was changed; the change; accepted; the libraries that pass it over.
REGISTRATIONS = [
    ("nothing", {}, True, ()),
    ("packed self attestation", {"format": "packed"}, True, ()),
    ("backed up", {"flags": UP | UV | BE | BS}, True, ()),
    ("extensions", {"extensions": {"credProtect": 2}}, True, ()),
    ("another challenge", {"client": {"challenge": encoded(bytes(32))}}, False, ()),
    ("origin by suffix", {"client": {"origin": "https://evil.auth.example.test"}}, False, ("fido2",)),
    ("another origin", {"client": {"origin": "https://auth.example.test.evil.test"}}, False, ()),
    ("another port", {"client": {"origin": "https://auth.example.test:8443"}}, False, ("fido2",)),
    ("the other ceremony", {"client": {"type": "webauthn.get"}}, False, ()),
    ("crossOrigin", {"client": {"crossOrigin": True}}, False, BOTH),
    ("topOrigin", {"client": {"topOrigin": "https://evil.test"}}, False, BOTH),
    ("another relying party", {"rp": "example.test"}, False, ()),
    ("user not present", {"flags": UV}, False, ()),
    ("user not verified", {"flags": UP}, False, ()),
    ("backed up, not eligible", {"flags": UP | UV | BS}, False, ("fido2",)),
    ("trailing byte", {"trailer": b"\0"}, False, ()),
    ("statement of none", {"statement": {"sig": b"1"}}, False, ("fido2",)),
    ("packed, another message", {"format": "packed", "signed": b"1"}, False, ("fido2",)),
    ("packed, another algorithm", {"format": "packed", "statement": {"alg": -257, "sig": b"1"}}, False, ("fido2",)),
    ("trailing byte behind the object", {"object": lambda text: text + b"\0"}, False, ("webauthn",)),
    ("indefinite length", {"object": lambda text: b"\xbf" + text[1:] + b"\xff"}, False, ("webauthn",)),
    ("tag", {"object": lambda text: b"\xd9\xd9\xf7" + text}, False, ()),
    ("truncated", {"object": lambda text: text[:-1]}, False, ("fido2",)),
]
KEYS = [
    ("point not on the curve", {"key": lambda text: flipped(-1)(text)}, False, BOTH),
    ("compressed point", {"key": lambda text: text[:-34] + b"\xf5"}, False, BOTH),
]
ASSERTIONS = [
    ("nothing", {}, True, ()),
    ("counter", {"counter": 7}, True, ()),
    ("backed up", {"flags": UP | UV | BE | BS}, True, ()),
    ("extensions", {"extensions": {"a": True}}, True, ()),
    ("another challenge", {"client": {"challenge": encoded(bytes(32))}}, False, ()),
    ("another origin", {"client": {"origin": "https://auth.example.test.evil.test"}}, False, ()),
    ("origin by suffix", {"client": {"origin": "https://evil.auth.example.test"}}, False, ("fido2",)),
    ("the other ceremony", {"client": {"type": "webauthn.create"}}, False, ()),
    ("crossOrigin", {"client": {"crossOrigin": True}}, False, BOTH),
    ("another relying party", {"rp": "example.test"}, False, ()),
    ("user not present", {"flags": UV}, False, ()),
    ("user not verified", {"flags": UP}, False, ()),
    ("backed up, not eligible", {"flags": UP | UV | BS}, False, ("fido2",)),
    ("trailing byte", {"trailer": b"\0"}, False, ()),
    ("signature, first byte", {"signature": flipped(0)}, False, ()),
    ("signature, last byte", {"signature": flipped(-1)}, False, ()),
    ("signature, middle byte", {"signature": flipped(30)}, False, ()),
    ("signature, a byte less", {"signature": lambda text: text[:-1]}, False, ()),
    ("counter raised afterwards", {"unsigned": flipped(36)}, False, ()),
]

FIDO2 = Fido2Server(PublicKeyCredentialRpEntity(id=RP, name="Example"))
CREATION = None


def verdicts(check_fido2, check_webauthn):
    found = {}
    for name, check in (("fido2", check_fido2), ("webauthn", check_webauthn)):
        try:
            check()
            found[name] = True
        except Exception:  # Each library has its own, and some are those of its parsers.
            found[name] = False
    return found


def registration_verdicts(text, options):
    state = {"challenge": options["challenge"], "user_verification": options["authenticatorSelection"]["userVerification"]}
    return verdicts(
        lambda: FIDO2.register_complete(state, text),
        lambda: webauthn.verify_registration_response(
            credential=text, expected_challenge=decoded(options["challenge"]), expected_rp_id=RP,
            expected_origin=ORIGIN, require_user_verification=state["user_verification"] == "required"))


def assertion_verdicts(text, options, key_id, cose, counter=0):
    credential = AttestedCredentialData.create(Aaguid(bytes(16)), key_id, cose)
    return verdicts(
        lambda: FIDO2.authenticate_complete(
            {"challenge": options["challenge"], "user_verification": options["userVerification"]}, [credential], text),
        lambda: webauthn.verify_authentication_response(
            credential=text, expected_challenge=decoded(options["challenge"]), expected_rp_id=RP,
            expected_origin=ORIGIN, credential_public_key=cbor.encode(dict(cose)),
            credential_current_sign_count=counter,
            require_user_verification=options["userVerification"] == "required"))


def record(by, change, options, text, cose, accepted, passed_over, found):
    expected = {name: accepted or name in passed_over for name in BOTH}
    if found != expected:
        sys.exit(f"{by}, {change}: the libraries say {found}, not {expected}")
    return {
        "by": by, "change": change, "options": options, "response": text,
        "publicKey": encoded(cbor.encode(dict(cose))) if cose else None, "accepted": accepted, "verdicts": found}


def main():
    global CREATION
    with open(sys.argv[1], encoding="utf-8") as file:
        options = [json.loads(line) for line in file]
    with open(sys.argv[2], encoding="utf-8") as file:
        soft = json.load(file)
    CREATION = options[0]
    # Both libraries read our options, and find in them what is there.
    for creation in options[:2]:
        ours = PublicKeyCredentialCreationOptions.from_dict(creation)
        assert [parameter.alg for parameter in ours.pub_key_cred_params] == [-8, -7, -257]
        assert ours.challenge == decoded(creation["challenge"]) and len(ours.user.id) == 64 and ours.rp.id == RP
        read = webauthn.helpers.parse_registration_options_json(creation)
        assert read.challenge == ours.challenge and read.user.id == ours.user.id
        assert [bytes(item.id) for item in read.exclude_credentials] == [item.id for item in ours.exclude_credentials]
        assert read.attestation.value == ours.attestation == "none" and read.timeout == ours.timeout == 300000
        selection = creation["authenticatorSelection"]
        assert read.authenticator_selection.resident_key.value == selection["residentKey"]
        assert ours.authenticator_selection.user_verification == selection["userVerification"]
        assert [hint.value for hint in read.hints or []] == creation["hints"]
    for request in options[2:]:
        ours = PublicKeyCredentialRequestOptions.from_dict(request)
        read = webauthn.helpers.parse_authentication_options_json(request)
        assert read.challenge == ours.challenge == decoded(request["challenge"]) and read.rp_id == ours.rp_id == RP
        assert read.user_verification.value == ours.user_verification == request["userVerification"]
        assert len(read.allow_credentials or []) == len(ours.allow_credentials or []) == len(request["allowCredentials"])

    records = []
    text = soft["registration"]
    data = AttestationObject(decoded(text["response"]["attestationObject"])).auth_data.credential_data
    records.append(record(
        "soft-webauthn", "nothing", 1, text, None, True, (), registration_verdicts(text, options[1])))
    text = soft["assertion"]
    records.append(record(
        "soft-webauthn", "nothing", 2, text, data.public_key, True, (),
        assertion_verdicts(text, options[2], data.credential_id, data.public_key)))

    for name in ("ES256", "EdDSA", "RS256-2048", "RS256-3072", "RS256-4096"):
        key, other = Key(name), Key(name)
        for change, changes, accepted, passed_over in REGISTRATIONS + (KEYS if name == "ES256" else []):
            text = registration(key, options[0], changes)
            records.append(record(
                f"fido2 {name}", change, 0, text, None, accepted, passed_over,
                registration_verdicts(text, options[0])))
        another = ("another key", {"signer": other}, False, ())
        for change, changes, accepted, passed_over in ASSERTIONS + [another]:
            text = assertion(key, options[3], changes)
            records.append(record(
                f"fido2 {name}", change, 3, text, key.cose, accepted, passed_over,
                assertion_verdicts(text, options[3], key.id, key.cose)))
    key = Key("ES384")
    text = registration(key, options[0], {})
    records.append(record(
        "fido2 ES384", "not offered", 0, text, None, False, ("fido2",), registration_verdicts(text, options[0])))
    key = Key("RS256-1024")
    text = registration(key, options[0], {})
    records.append(record(
        "fido2 RS256-1024", "a short key", 0, text, None, False, BOTH, registration_verdicts(text, options[0])))
    print("[\n" + ",\n".join(json.dumps(item) for item in records) + "\n]")


main()
