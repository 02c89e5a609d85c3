"""Codes of an authenticator app (RFC 6238, with the defaults of RFC 4226), from the address that Postern gives out."""

import base64
import hashlib
import hmac
import struct
import time
import urllib.parse


def one_time_code(otpauth_uri, steps=0):
    """The six digits for now, or for some steps of 30 seconds later: Postern takes the ones beside the present one too."""
    query = urllib.parse.parse_qs(urllib.parse.urlsplit(otpauth_uri).query)
    secret = query["secret"][0]
    key = base64.b32decode(secret + "=" * (-len(secret) % 8))
    digest = hmac.new(key, struct.pack(">Q", int(time.time()) // 30 + steps), hashlib.sha1).digest()
    at = digest[-1] & 15
    return f"{(struct.unpack('>I', digest[at:at + 4])[0] & 0x7FFFFFFF) % 1_000_000:06}"
