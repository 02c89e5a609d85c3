"""Fills a database with accounts as registration makes them, and with credentials, in one transaction."""

import hashlib
import os
import sqlite3
import time
import zlib

CREDENTIALS = 10_000
ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"

# The password is the owner's, for all of them. Identifiers are random, moments follow one another.
ACCOUNTS = """
    WITH RECURSIVE counter(n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM counter WHERE n + 1 < :accounts)
    INSERT INTO account (id, email, email_key, name, provider, state, roles, password_hash, home_id,
        created_at)
    SELECT random(), address, address, substr(address, 1, 14), 'Credentials', 'Active', 0, :hash, :organization,
        :start + n
    FROM (SELECT n, printf('account%07d@example.com', n) AS address FROM counter)
    """
USERS = """
    INSERT INTO user (id, account_id, organization_id, state, roles, created_at)
    SELECT random(), id, :organization, 'Active', 2, created_at FROM account
    WHERE email LIKE 'account%' ORDER BY created_at
    """
AUDIT = """
    INSERT INTO audit_event (id, time, kind, actor_id, credential, credential_id, account_id, organization_id, address,
        request_id, details)
    SELECT random(), created_at, 'account.registered', :owner, 'api_token', :token, id, :organization, '203.0.113.7',
        lower(hex(randomblob(16))), '{"roles":"AppMember"}'
    FROM account WHERE email LIKE 'account%' ORDER BY created_at
    """
SESSION = """
    INSERT INTO session (id, token_hash, account_id, created_at, last_seen, expires_at, address, user_agent)
    VALUES (random(), ?, ?, ?, ?, ?, '203.0.113.7', 'Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101')
    """
API_TOKEN = """
    INSERT INTO api_token (id, token_hash, name, account_id, organization_id, scopes, role_ceiling, created_at,
        last_used_at)
    VALUES (random(), ?, 'app', ?, ?, 'login register', 2, ?, ?)
    """


def base62(number, digits):
    text = ""
    for _ in range(digits):
        number, digit = divmod(number, 62)
        text = ALPHABET[digit] + text
    return text


def bearer_token(prefix):
    """A token of the form that Postern makes and checks."""
    text = prefix + base62(int.from_bytes(os.urandom(32), "big"), 43)
    return text + base62(zlib.crc32(text.encode()), 6)


def size(database):
    pages, free, page = (
        database.execute(f"PRAGMA {name}").fetchone()[0] for name in ("page_count", "freelist_count", "page_size"))
    return (pages - free) * page


def seed(postern, accounts):
    database = sqlite3.connect(postern.database, isolation_level=None)
    database.execute("PRAGMA journal_mode = OFF")
    database.execute("PRAGMA synchronous = OFF")
    database.execute("PRAGMA cache_size = -1000000")
    owner, hash_ = database.execute("SELECT id, password_hash FROM account").fetchone()
    now = int(time.time())
    values = {
        "accounts": accounts, "hash": hash_, "owner": owner, "start": now - accounts,
        "organization": database.execute("SELECT id FROM organization").fetchone()[0],
        "token": database.execute("SELECT id FROM api_token").fetchone()[0],
    }
    postern.owner = f"acct_{owner & (1 << 64) - 1:016x}"
    empty = size(database)
    database.execute("BEGIN")
    database.execute(ACCOUNTS, values)
    database.execute(USERS, values)
    postern.bytes_per_account = (size(database) - empty) / accounts
    database.execute(AUDIT, values)
    postern.bytes_with_audit = (size(database) - empty) / accounts
    add_credentials(postern, database, values["organization"], now)
    database.execute("COMMIT")
    database.execute("PRAGMA journal_mode = WAL")
    database.close()


def add_credentials(postern, database, organization, now):
    owners = database.execute(
        "SELECT id FROM account WHERE email LIKE 'account%' ORDER BY id LIMIT ?", [CREDENTIALS]).fetchall()
    for (account,) in owners:
        session, api_token = bearer_token("pss_"), bearer_token("pst_")
        database.execute(SESSION, [digest(session), account, now, now, now + 14 * 86400])
        database.execute(API_TOKEN, [digest(api_token), account, organization, now, now])
        postern.sessions.append(session)
        postern.api_tokens.append(api_token)


def digest(token):
    return hashlib.sha256(token.encode()).digest()
