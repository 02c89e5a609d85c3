extension CopiedTable {
    /// The tables of second factors.
    static let secondFactors = [
        CopiedTable(
            "factor",
            [
                "id": .integer, "account_id": .integer, "kind": .text, "name": .text, "created_at": .integer,
                "last_used_at": .integer, "expires_at": .integer, "key_id": .integer, "sealed": .bytes,
                "last_step": .integer, "credential_id": .bytes, "public_key": .bytes, "signature_count": .integer,
                "transports": .text, "aaguid": .bytes, "backup_eligible": .integer, "backed_up": .integer,
            ]),
        CopiedTable("recovery_code", key: 2, ["account_id": .integer, "digest": .bytes]),
        CopiedTable(
            "pending_login",
            [
                "id": .integer, "token_hash": .bytes, "account_id": .integer, "api_token_id": .integer,
                "network": .text, "challenge": .bytes, "failures": .integer, "created_at": .integer,
                "expires_at": .integer,
            ]),
        CopiedTable(
            "trusted_device",
            [
                "id": .integer, "token_hash": .bytes, "account_id": .integer, "created_at": .integer,
                "last_used_at": .integer, "expires_at": .integer, "address": .text, "user_agent": .text,
            ]),
        CopiedTable(
            "ceremony", key: 2,
            [
                "session_id": .integer, "purpose": .text, "challenge": .bytes, "usage": .text, "expires_at": .integer,
            ]),
        CopiedTable("used_challenge", ["digest": .bytes, "expires_at": .integer]),
        CopiedTable("rotated_token", ["token_hash": .bytes, "session_id": .integer]),
    ]
}
