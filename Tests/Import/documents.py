"""Writes exports in the forms that the documents of their systems show, with hashes that Python's libraries make."""

import base64
import csv
import hashlib
import json
import os
import sys

import argon2
import bcrypt

password = os.environ["PASSWORD"].encode()
exports = sys.argv[1]


def encode(data):
    return base64.b64encode(data).decode()


def bcrypt_hash(prefix=b"2b"):
    return bcrypt.hashpw(password, bcrypt.gensalt(5, prefix=prefix)).decode()


def keycloak():
    """Server Administration Guide, "Importing and exporting realms"; the credentials as in UserRepresentation."""
    def credential(algorithm, iterations, salt, value, more):
        return {
            "id": "5b3a2b0e-0000-4000-8000-000000000000", "type": "password", "userLabel": "My password",
            "createdDate": 1564560900250,
            "secretData": json.dumps({"value": encode(value), "salt": encode(salt), "additionalParameters": {}}),
            "credentialData": json.dumps(
                {"hashIterations": iterations, "algorithm": algorithm, "additionalParameters": more}),
        }

    def pbkdf2(algorithm, digest, iterations, length=64):
        salt = os.urandom(16)
        return credential(
            algorithm, iterations, salt, hashlib.pbkdf2_hmac(digest, password, salt, iterations, length), {})

    def argon(iterations=5, memory=7168, lanes=1):
        salt = os.urandom(16)
        value = argon2.low_level.hash_secret_raw(
            password, salt, iterations, memory, lanes, 32, argon2.low_level.Type.ID)
        return credential(
            "argon2", iterations, salt, value,
            {"hashLength": ["32"], "memory": [str(memory)], "type": ["id"], "version": ["1.3"],
             "parallelism": [str(lanes)]})

    def user(number, name, credentials, **more):
        return {
            "id": f"9f8b6c1e-0000-4000-8000-{number:012}", "username": name, "email": f"{name}@example.test",
            "firstName": "Ann", "lastName": "Löwe", "emailVerified": True, "createdTimestamp": 1564560900250,
            "enabled": True, "totp": False, "credentials": credentials, "disableableCredentialTypes": [],
            "requiredActions": [], "realmRoles": ["default-roles-example"], "notBefore": 0, "groups": [], **more}

    otp = {"id": "1", "type": "otp", "secretData": "{\"value\":\"x\"}", "credentialData": "{\"subType\":\"totp\"}"}
    users = [
        user(1, "argon", [otp, argon()]), user(2, "sha512", [pbkdf2("pbkdf2-sha512", "sha512", 2100)]),
        user(3, "sha256", [pbkdf2("pbkdf2-sha256", "sha256", 2750)]),
        user(4, "sha1", [pbkdf2("pbkdf2", "sha1", 2000)]),
        user(5, "disabled", [pbkdf2("pbkdf2-sha256", "sha256", 2750)], enabled=False),
        user(6, "federated", [], federationLink="2"),
        user(7, "service-account-app", [], serviceAccountClientId="app"),
    ]
    realm = {
        "id": "example", "realm": "example", "enabled": True, "roles": {"realm": [{"name": "users"}]}, "users": users,
        "clients": [{"clientId": "app", "users": []}]}
    with open(f"{exports}/keycloak.json", "w") as file:
        json.dump(realm, file, indent=2)


def auth0():
    """"How to Use the Password Hashes Export from Auth0", whose objects the first two are, and "Bulk User Exports"."""
    lines = [
        {"_id": {"$oid": "5dea9f9c82dd7c0e76e4ec93"}, "email_verified": False, "email": "ann@example.test",
         "passwordHash": bcrypt_hash(), "password_set_date": {"$date": "2019-12-06T18:36:12.412Z"},
         "tenant": "example-tenant-name", "connection": "Username-Password-Authentication", "_tmp_is_unique": True,
         "identifiers": [{"type": "email", "value": "ann@example.test", "verified": False}]},
        {"_id": {"$oid": "5dea9f9c82dd7c0e76e4ec94"}, "passwordHash": bcrypt_hash(), "alt_id": "euclid",
         "identifiers": [{"type": "username", "value": "di"}, {"type": "email", "value": "di@example.test"}]},
        {"user_id": "auth0|60425dc43519d90068f82973", "email": "bob@example.test", "name": "bob@example.test",
         "given_name": "Bob", "passwordHash": bcrypt_hash(b"2a"), "created_at": "2019-07-31T08:15:00.250Z",
         "blocked": True},
        {"user_id": "google-oauth2|103547991597142817347", "email": "cy@example.test", "name": "Cy C."},
    ]
    with open(f"{exports}/auth0.ndjson", "w") as file:
        for line in lines:
            print(json.dumps(line), file=file)


def firebase():
    """Firebase's documents of auth:export, and the vector of github.com/firebase/scrypt: password user1password."""
    with open(f"{exports}/firebase.config", "w") as file:
        file.write(
            "hash_config {\n  algorithm: SCRYPT,\n"
            "  base64_signer_key: "
            "jxspr8Ki0RYycVU8zykbdLGjFQ3McFUH0uiiTvC8pVMXAn210wjLNmdZJzxUECKbm0QsEmYUSDzZvpjeJ9WmXA==,\n"
            "  base64_salt_separator: Bw==,\n  rounds: 8,\n  mem_cost: 14,\n}\n")
    hashed = {
        "passwordHash": "lSrfV15cpx95/sZS2W9c9Kp6i/LVgQNDNC/qzrCnh1SAyZvqmZqAjTdn3aoItz+VHjoZilo78198JAdRuid5lQ==",
        "salt": "42xEC+ixf3L2lw=="}
    users = [
        {"localId": "uAnn", "email": "ann@example.test", "emailVerified": True, **hashed, "displayName": "Ann Löwe",
         "lastSignedInAt": "1564560900250", "createdAt": "1564560900250", "providerUserInfo": []},
        {"localId": "uBob", "email": "bob@example.test", **hashed, "createdAt": "1564560900250", "disabled": True},
        {"localId": "uCy", "email": "cy@example.test", "createdAt": "1564560900250",
         "providerUserInfo": [{"providerId": "google.com", "rawId": "1"}]},
        {"localId": "uDi", "phoneNumber": "+491234", "createdAt": "1564560900250"},
    ]
    with open(f"{exports}/firebase.json", "w") as file:
        json.dump({"users": users}, file, indent=2)


def devise():
    """The columns of Devise's migration, as psql's \\copy and select_all.to_json write them."""
    rows = [
        {"id": 1, "email": "ann@example.test", "encrypted_password": bcrypt_hash(b"2a"), "name": "Löwe, Ann",
         "created_at": "2019-07-31 08:15:00.250123", "locked_at": None, "admin": True},
        {"id": 2, "email": "bob@example.test", "encrypted_password": bcrypt_hash(b"2a"), "name": None,
         "created_at": "2020-02-29 00:00:00", "locked_at": "2021-01-01 00:00:00", "admin": False},
        {"id": 3, "email": "cy@example.test", "encrypted_password": "", "name": "Cy",
         "created_at": "2020-02-29 00:00:00", "locked_at": None, "admin": False},
    ]
    with open(f"{exports}/devise.json", "w") as file:
        json.dump(rows, file)
    with open(f"{exports}/devise.csv", "w", newline="") as file:
        writer = csv.DictWriter(file, rows[0], lineterminator="\n")
        writer.writeheader()
        for row in rows:
            writer.writerow({name: {True: "t", False: "f"}.get(value, value) if isinstance(value, bool) else value
                             for name, value in row.items()})


for make in (keycloak, auth0, firebase, devise):
    make()
