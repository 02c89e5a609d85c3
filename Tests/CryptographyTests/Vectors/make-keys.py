#!/usr/bin/env python3
"""Prints the two values of KeyringTests whose form is stored, by Python's cryptography in place of our code. Run by
hand, with Debian's python3-cryptography or the PyPI package cryptography."""
import hashlib
import hmac

from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

key = bytes(range(32))
header = bytes([1]) + bytes.fromhex("6c8a1f3b2d4e5f7a")


def derived(purpose):
    return HKDF(SHA256(), 32, b"", b"postern/1/" + purpose).derive(key)


def context(purpose, subject):
    return header + b"".join(len(part).to_bytes(4, "big") + part for part in (purpose, subject))


code = hmac.new(
    derived(b"passkey-login"), context(b"passkey-login", b"subject") + b"message", hashlib.sha256).digest()
nonce = bytes(range(100, 112))
sealed = AESGCM(derived(b"totp-secret")).encrypt(nonce, b"secret", context(b"totp-secret", b"subject"))
print((header + code).hex())
print((header + nonce + sealed).hex())
