"""Hashes of Django, passlib and argon2-cffi, a line of JSON each. Run by `make`."""

import importlib.metadata
import json
import warnings

import argon2
import django
from django.conf import settings
from django.contrib.auth import hashers
from passlib import hash as passlib

PASSWORDS = ["correct horse battery staple", "p\u00e4ssw\u00f6rd \u2713", "0123456789" * 9]
PASSLIB = "passlib " + importlib.metadata.version("passlib")
ARGON2 = "argon2-cffi " + importlib.metadata.version("argon2-cffi")


def write(by, password, hashed):
    print(json.dumps({"by": by, "password": password, "hash": hashed}, ensure_ascii=False))


class CheapBCrypt(hashers.BCryptSHA256PasswordHasher):
    """bcrypt at the least cost that Django lets one choose."""

    rounds = 5


def with_django():
    names = ["PBKDF2PasswordHasher", "PBKDF2SHA1PasswordHasher", "Argon2PasswordHasher", "ScryptPasswordHasher"]
    settings.configure(PASSWORD_HASHERS=[f"django.contrib.auth.hashers.{name}" for name in names])
    django.setup()
    by = "Django " + django.get_version()
    for password in PASSWORDS:
        write(f"{by}, pbkdf2_sha1", password, hashers.PBKDF2SHA1PasswordHasher().encode(password, "seasalt2", 2000))
        write(f"{by}, pbkdf2_sha256", password, hashers.PBKDF2PasswordHasher().encode(password, "seasalt2", 2000))
        bcrypt = CheapBCrypt()
        write(f"{by}, bcrypt_sha256", password, bcrypt.encode(password, bcrypt.salt()))
    write(f"{by}, scrypt", PASSWORDS[0], hashers.ScryptPasswordHasher().encode(PASSWORDS[0], "seasalt2", n=1024))
    write(f"{by}, argon2", PASSWORDS[0], hashers.make_password(PASSWORDS[0], hasher="argon2"))


def with_passlib():
    cheap = {
        "pbkdf2_sha1": 1500, "pbkdf2_sha256": 1500, "pbkdf2_sha512": 1500, "phpass": 7, "bcrypt_sha256": 5,
        "ldap_pbkdf2_sha1": 1500, "ldap_pbkdf2_sha256": 1500, "ldap_pbkdf2_sha512": 1500,
    }
    for password in PASSWORDS:
        for name, rounds in cheap.items():
            write(f"{PASSLIB}, {name}", password, getattr(passlib, name).using(rounds=rounds).hash(password))
        phpbb = passlib.phpass.using(rounds=11, ident="H")
        write(f"{PASSLIB}, phpass with the ident of phpBB", password, phpbb.hash(password))
        older = passlib.bcrypt_sha256.using(rounds=5, version=1)
        write(f"{PASSLIB}, bcrypt_sha256, version 1", password, older.hash(password))
        for name in ["apr_md5_crypt", "md5_crypt", "ldap_md5", "ldap_sha1", "ldap_salted_md5", "ldap_salted_sha1"]:
            write(f"{PASSLIB}, {name}", password, getattr(passlib, name).hash(password))
        for name in ["ldap_salted_sha256", "ldap_salted_sha512", "ldap_md5_crypt"]:
            write(f"{PASSLIB}, {name}", password, getattr(passlib, name).hash(password))
        sha512 = passlib.ldap_sha512_crypt.using(rounds=1000)
        write(f"{PASSLIB}, ldap_sha512_crypt", password, sha512.hash(password))


def with_argon2():
    for memory, passes, lanes in [(64, 1, 1), (256, 3, 4), (19456, 2, 1)]:
        hasher = argon2.PasswordHasher(time_cost=passes, memory_cost=memory, parallelism=lanes)
        write(ARGON2, PASSWORDS[0], hasher.hash(PASSWORDS[0]))


# passlib looks for a version of bcrypt that is gone.
warnings.simplefilter("ignore")
with_django()
with_passlib()
with_argon2()
