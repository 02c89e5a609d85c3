"""One-time codes of RFC 6238, as authenticator apps make them."""

import base64
import hashlib
import hmac
import struct
import time


def code(secret, at=None):
    """The code of a secret in Base32, at a moment of Unix time: now, if none is given."""
    step = int(time.time() if at is None else at) // 30
    padded = secret + "=" * (-len(secret) % 8)
    digest = hmac.digest(base64.b32decode(padded), struct.pack(">Q", step), hashlib.sha1)
    offset = digest[-1] & 15
    number, = struct.unpack_from(">I", digest, offset)
    return f"{(number & 0x7FFFFFFF) % 1_000_000:06}"
