#!/usr/bin/env python3
"""Writes gcm.json: NIST's vectors of AES-256-GCM (CAVP, gcmDecrypt256.rsp) with nonces of 96 bits and tags of 128, the
first eight of each length of plaintext and associated data. Run by hand, with the PyPI package cryptography_vectors:

    python3 -m venv /tmp/vectors && /tmp/vectors/bin/pip install cryptography_vectors
    /tmp/vectors/bin/python Tests/CryptographyTests/Vectors/make-gcm.py
"""
import importlib.resources
import json
import pathlib

source = importlib.resources.files("cryptography_vectors") / "ciphers/AES/GCM/gcmDecrypt256.rsp"
section, vectors, vector = {}, [], {}
for line in [*source.read_text().splitlines(), ""]:
    line = line.strip()
    if line.startswith("["):
        name, value = line.strip("[]").split(" = ")
        if name == "Keylen":
            section = {}
        section[name] = int(value)
    elif line.startswith("#"):
        continue
    elif line == "FAIL":
        vector["pt"] = None
    elif "=" in line:
        name, _, value = line.partition("=")
        vector[name.strip().lower()] = value.strip()
    elif vector:
        number = int(vector.pop("count"))
        if section["IVlen"] == 96 and section["Taglen"] == 128 and number < 8:
            vectors.append(vector)
        vector = {}

assert any(vector["pt"] is None for vector in vectors) and any(vector["pt"] for vector in vectors)
target = pathlib.Path(__file__).with_name("gcm.json")
target.write_text("[\n" + ",\n".join(json.dumps(vector) for vector in vectors) + "\n]\n")
print(f"{len(vectors)} vectors")
